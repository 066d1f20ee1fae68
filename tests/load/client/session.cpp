#include "client/session.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

#include "client/histogram.hpp"
#include "client/run_phase.hpp"

namespace confab::load {
namespace {

using State = Connection::State;
constexpr std::int64_t kPollNs = 50'000'000;
constexpr std::int64_t kPatienceNs = 20'000'000'000;  // Without any progress.
constexpr double kNsPerSecond = 1e9;

void tell(const std::string& event, const std::string& fields) {
  fmt::print("{{\"event\":\"{}\"{}{}}}\n", event, fields.empty() ? "" : ",", fields);
  std::fflush(stdout);
}

}  // namespace

void Session::serve() {
  std::string line;
  fleet_.watch_input(true);
  while (next_line(line)) {
    if (line == "quit") return;
    if (line.empty()) continue;
    fleet_.watch_input(false);
    obey(Command(line));
    fleet_.watch_input(true);
  }
}

bool Session::next_line(std::string& line) {
  for (;;) {
    if (const auto end = input_.find('\n'); end != std::string::npos) {
      line = input_.substr(0, end);
      input_.erase(0, end + 1);
      return true;
    }
    fleet_.poll(kPollNs);
    if (!fleet_.input_ready()) continue;
    std::array<char, 4096> bytes{};
    const auto got = ::read(STDIN_FILENO, bytes.data(), bytes.size());
    if (got <= 0) return false;
    input_.append(bytes.data(), static_cast<std::size_t>(got));
  }
}

void Session::obey(const Command& command) {
  if (command.name() == "connect") return connect(command);
  if (command.name() == "drop") return drop();
  if (command.name() == "stall") return stall(command);
  if (command.name() == "resume") return resume(command);
  if (command.name() == "run") return run(command);
  if (command.name() == "history") return history(command);
  throw std::runtime_error("there is no command " + command.name() + "; see --help");
}

/// connect [clients=N] [inflight=50]: those that are not connected, so many handshakes at once.
void Session::connect(const Command& command) {
  const auto wanted =
      std::min(command.count("clients", fleet_.connections().size()), fleet_.connections().size());
  const auto inflight = std::max<std::size_t>(command.count("inflight", 50), 1);
  std::size_t next = 0;
  std::size_t under_way = 0;
  std::size_t ready = 0;
  std::size_t failed = 0;
  std::size_t tickets = 0;
  std::string why;
  Histogram handshake;
  fleet_.on_ready = [&](Connection& connection) {
    --under_way;
    ++ready;
    if (!connection.ticket.empty()) ++tickets;
    handshake.add(now_ns() - connection.started_ns);
  };
  fleet_.on_failed = [&](Connection&, const std::string& reason) {
    --under_way;
    ++failed;
    if (why.empty()) why = reason;
  };
  const auto start = now_ns();
  auto progress = start;
  std::size_t done = 0;
  while ((next < wanted || under_way > 0) && now_ns() - progress < kPatienceNs) {
    for (; next < wanted && under_way < inflight; ++next) {
      const auto state = fleet_.connections()[next].state;
      if (state != State::idle && state != State::broken) continue;
      ++under_way;
      fleet_.open(next);
    }
    fleet_.poll(kPollNs);
    if (ready + failed != done) progress = now_ns();
    done = ready + failed;
  }
  fleet_.on_ready = [](Connection&) {};
  fleet_.on_failed = [](Connection&, const std::string&) {};
  if (under_way > 0 && why.empty()) why = "no answer to the handshake";
  std::replace(why.begin(), why.end(), '"', '\'');
  std::replace(why.begin(), why.end(), '\\', '/');
  tell("connected",
       fmt::format(R"("ready":{},"failed":{},"tickets":{},"why":"{}","seconds":{:.4f},)"
                   R"("handshake_ms":{})",
                   ready, failed + under_way, tickets, why,
                   static_cast<double>(now_ns() - start) / kNsPerSecond, handshake.json()));
}

void Session::drop() {
  for (auto& connection : fleet_.connections()) fleet_.drop(connection);
  tell("dropped", "");
}

/// stall [percent=1]: so many of the clients, spread evenly, stop reading.
void Session::stall(const Command& command) {
  const auto every = static_cast<std::size_t>(100 / std::max(command.number("percent", 1), 0.1));
  std::size_t stalled = 0;
  for (std::size_t i = every / 2; i < fleet_.connections().size(); i += every) {
    auto& connection = fleet_.connections()[i];
    if (connection.state != State::ready) continue;
    fleet_.stall(connection, true);
    ++stalled;
  }
  stalled_losses_before_ = fleet_.stalled_losses();
  tell("stalled", fmt::format(R"("clients":{})", stalled));
}

/// resume [quiet=2]: they read again; returns when nothing came for `quiet` seconds. Tells how many
/// of them then had all that the last run brought, how many were told of a gap instead, how many
/// neither, and how many were cut off.
void Session::resume(const Command& command) {
  const auto quiet_ns = static_cast<std::int64_t>(command.number("quiet", 2) * kNsPerSecond);
  std::vector<std::uint32_t> resumed;
  const auto reader = std::find_if(fleet_.connections().begin(), fleet_.connections().end(),
                                   [](const auto& one) { return one.state == State::ready; });
  if (reader == fleet_.connections().end()) throw std::runtime_error("nobody reads");
  const auto cut_off_before = fleet_.losses();
  for (auto& connection : fleet_.connections()) {
    if (connection.state != State::stalled) continue;
    fleet_.stall(connection, false);
    resumed.push_back(connection.account);
  }
  auto last = now_ns();
  fleet_.on_entry = [&](const Incoming&) { last = now_ns(); };
  while (now_ns() - last < quiet_ns) fleet_.poll(kPollNs);
  fleet_.on_entry = [](const Incoming&) {};
  std::size_t complete = 0;
  std::size_t told = 0;
  std::size_t neither = 0;
  for (const auto account : resumed) {
    const auto& connection = fleet_.connections()[account];
    if (connection.state != State::ready) continue;
    // All are in the same room, and what the reader saw was checked by the run.
    const auto& seen = connection.seen.front();
    const auto& whole = reader->seen.front();
    const bool has_all = seen.disorders() == 0 && seen.count() == whole.count() &&
                         (seen.count() == 0 || seen.high() == whole.high());
    ++(has_all ? complete : connection.troubles > 0 ? told : neither);
  }
  tell("resumed", fmt::format(R"("clients":{},"complete":{},"told":{},"neither":{},"cut_off":{})",
                              resumed.size(), complete, told, neither,
                              fleet_.losses() - cut_off_before + fleet_.stalled_losses() -
                                  stalled_losses_before_));
}

/// run [rate=] [warm=] [seconds=] [bytes=]
void Session::run(const Command& command) {
  RunOptions options;
  options.rate = command.number("rate", options.rate);
  options.warm_seconds = command.number("warm", options.warm_seconds);
  options.seconds = command.number("seconds", options.seconds);
  options.bytes = command.count("bytes", options.bytes);
  options.strict_order = strict_order_;
  if (options.rate <= 0) throw std::runtime_error("rate must be more than 0");
  RunPhase phase(fleet_, options, [](const char* edge) { tell(edge, ""); });
  tell("result", phase.run());
}

/// history [clients=N] [step=1] [inflight=1] [limit=50]: every step-th client asks for the newest
/// page of its first room, so many at once.
void Session::history(const Command& command) {
  const auto limit = command.count("limit", 50);
  const auto clients = command.count("clients", fleet_.connections().size());
  const auto inflight = command.count("inflight", 1);
  const auto step = std::max<std::size_t>(command.count("step", 1), 1);
  std::vector<std::int64_t> asked;
  std::size_t answered = 0;
  std::size_t failed = 0;
  std::uint64_t first_id = 0;
  Histogram times;
  fleet_.on_answer = [&](const Incoming& answer) {
    if (answer.id < first_id || answer.id - first_id >= asked.size()) return;
    ++answered;
    if (!answer.ok) ++failed;
    times.add(now_ns() - asked[answer.id - first_id]);
  };
  std::size_t next = 0;
  const auto start = now_ns();
  auto progress = start;
  std::size_t before = 0;
  const auto more = [&] { return asked.size() < clients && next < fleet_.connections().size(); };
  while ((more() || answered < asked.size()) && now_ns() - progress < kPatienceNs) {
    for (; more() && asked.size() - answered < inflight; next += step) {
      auto& connection = fleet_.connections()[next];
      const auto& rooms = fleet_.population().accounts[next].rooms;
      if (connection.state != State::ready || rooms.empty()) continue;
      const auto id = fleet_.next_id();
      if (asked.empty()) first_id = id;
      asked.push_back(now_ns());
      const auto data =
          fmt::format(R"({{"room":"{}","limit":{}}})", fleet_.population().gids[rooms[0]], limit);
      fleet_.send(connection, command_message(fleet_.options().dialect, id, "history", data));
    }
    fleet_.poll(kPollNs);
    if (answered != before) progress = now_ns();
    before = answered;
  }
  fleet_.on_answer = [](const Incoming&) {};
  tell("history", fmt::format(R"("asked":{},"failed":{},"seconds":{:.4f},"answer_ms":{})",
                              asked.size(), failed + asked.size() - answered,
                              static_cast<double>(now_ns() - start) / kNsPerSecond, times.json()));
}

}  // namespace confab::load
