#include "ctl/verify/verify_run.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/signal_set.hpp>
#include <cmath>
#include <csignal>

#include "common/base/encoding.hpp"
#include "common/base/uuid.hpp"
#include "ctl/verify/stream.hpp"

namespace confab::ctl {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

constexpr milliseconds kStep{100};
constexpr milliseconds kMoveEvery{3000};
constexpr milliseconds kChangeEvery{2500};
constexpr int kRepeatPercent = 7;
constexpr std::chrono::seconds kConnectAll{20};
/// Of what should be sent and seen at the least, to mean anything.
constexpr double kWorth = 0.4;

}  // namespace

VerifyRun::VerifyRun(VerifyPlan plan, std::vector<Door> doors, Random& random,
                     std::function<void(const std::string&)> say)
    : plan_(std::move(plan)), doors_(std::move(doors)), random_(random), say_(std::move(say)) {}

Result<VerifyOutcome> VerifyRun::run() {
  asio::signal_set signals(network_.loop, SIGINT, SIGTERM);
  signals.async_wait([this](const boost::system::error_code& error, int) {
    if (!error) is_stopped_ = true;
  });
  Result<> played;
  const auto all = [&]() -> Task<> {
    try {
      played = co_await play();
    } catch (const std::exception& error) {
      played = Error{ErrorCode::internal, error.what()};
    }
    for (const auto& client : clients_) client->close();
    say_("taking away the users and rooms");
    outcome_.left = co_await world_.clean_up();
    say_what_stays();
    signals.cancel();
  };
  asio::co_spawn(network_.loop, all(),
                 [&](const std::exception_ptr& /*out of memory*/) { network_.loop.stop(); });
  network_.loop.run();
  if (!played) {
    for (const auto& left : outcome_.left) say_(left);
    return played.error();
  }
  return std::move(outcome_);
}

/// There is no call that deletes a room.
void VerifyRun::say_what_stays() {
  if (world_.rooms().empty()) return;
  std::string gids;
  for (const auto& gid : world_.rooms()) gids += " " + gid;
  say_("what stays are the rooms, archived, with nobody and no text in them:" + gids);
}

Task<Result<>> VerifyRun::play() {
  say_("making " + std::to_string(plan_.users) + " users and " + std::to_string(plan_.rooms) +
       " rooms");
  const auto made = co_await world_.make(plan_.users, plan_.rooms);
  if (!made) co_return made.error();
  const auto connected = co_await connect();
  if (!connected) co_return connected.error();
  say_("talking through " + std::to_string(doors_.size()) + " gateways");
  co_await talk();
  if (failed_) co_return Error{ErrorCode::internal, "a client of this program failed"};
  co_await settle();
  co_return co_await read_logs();
}

Task<Result<>> VerifyRun::connect() {
  const VerifyClient::Parts parts{network_, recorder_, doors_, random_};
  for (std::size_t i = 0; i < world_.users().size(); ++i) {
    const auto& user = world_.users()[i];
    const auto speech = i % 2 == 0 ? Speech::socketio : Speech::plain;
    const auto name = user.username + (i % 2 == 0 ? "/socketio" : "/plain");
    const auto client = std::make_shared<VerifyClient>(parts, name, user, speech, world_.rooms());
    for (std::size_t moves = 0; moves < i; ++moves) client->move();  // They begin spread.
    clients_.push_back(client);
    asio::co_spawn(network_.loop, client->run(), [this](const std::exception_ptr& failure) {
      failed_ = failed_ || failure != nullptr;
    });
  }
  const auto is_there = [](const auto& client) { return client->is_connected(); };
  const auto end = std::chrono::steady_clock::now() + kConnectAll;
  while (!std::all_of(clients_.begin(), clients_.end(), is_there)) {
    if (std::chrono::steady_clock::now() > end) {
      const auto away = std::find_if_not(clients_.begin(), clients_.end(), is_there);
      co_return Error{ErrorCode::unavailable,
                      "not all clients could connect: " + (*away)->trouble()};
    }
    co_await pause(kStep);
  }
  co_return Result<>();
}

Task<> VerifyRun::talk() {
  const auto begin = std::chrono::steady_clock::now();
  auto next_move = begin + kMoveEvery;
  auto next_change = begin + kChangeEvery;
  const auto gap = std::chrono::duration_cast<milliseconds>(
      std::chrono::duration<double, std::milli>(1000.0 / static_cast<double>(plan_.rate)));
  for (auto now = begin; now - begin < plan_.time && !is_stopped_ && !failed_;
       now = std::chrono::steady_clock::now()) {
    say_something();
    if (now >= next_move) {
      move_somebody();
      next_move = now + kMoveEvery;
    }
    if (now >= next_change) {
      co_await change_members();
      next_change = now + kChangeEvery;
    }
    // Half to one and a half of the gap.
    co_await pause(gap / 2 + milliseconds(below(static_cast<std::size_t>(gap.count()) + 1)));
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  talked_s_ = took.count();
}

bool VerifyRun::is_in(const VerifyClient& client, const std::string& gid) const {
  return !out_.contains({gid, client.user().id});
}

void VerifyRun::say_something() {
  auto& client = *clients_[below(clients_.size())];
  const auto& gid = world_.rooms()[below(world_.rooms().size())];
  if (below(100) < static_cast<std::size_t>(kRepeatPercent)) return client.repeat(gid);
  if (!is_in(client, gid)) return;
  const auto bytes = below(20) == 0 ? below(2000) : below(100);
  client.send(gid, Uuid::make(random_).text(),
              "\xC3\xBC \"verify\" " + hex_encode(random_.bytes(bytes + 1)));
}

void VerifyRun::move_somebody() {
  clients_[below(clients_.size())]->move();
  ++outcome_.moves;
}

/// Somebody leaves a room, or who has left one is let in again.
Task<> VerifyRun::change_members() {
  if (clients_.size() < 2) co_return;
  if (!out_.empty() && ++changes_ % 2 == 0) {
    const auto [gid, id] = *out_.begin();
    const auto user_id = id;
    const auto client = *std::find_if(clients_.begin(), clients_.end(),
                                      [&](const auto& one) { return one->user().id == user_id; });
    client->note_join(gid);
    const auto done = co_await world_.let_in(gid, client->user().username);
    if (!done) co_return;  // Another time.
    out_.erase(std::pair(gid, user_id));
    client->joined(gid);
    co_return;
  }
  const auto& client = clients_[1 + below(clients_.size() - 1)];
  const auto& gid = world_.rooms()[below(world_.rooms().size())];
  if (!is_in(*client, gid) || client->open() > 0 || !client->is_connected()) co_return;
  client->leave(gid);
  out_.emplace(gid, client->user().id);
}

Task<> VerifyRun::settle() {
  say_("waiting until all have seen everything");
  const auto end = std::chrono::steady_clock::now() + kSettle;
  while (std::chrono::steady_clock::now() < end) {
    const bool settled = co_await has_settled();
    if (settled) co_return;
    co_await pause(2 * kStep);
  }
}

Task<bool> VerifyRun::has_settled() {
  for (const auto& client : clients_) {
    if (client->open() > 0 || !client->is_connected()) co_return false;
  }
  for (const auto& gid : world_.rooms()) {
    const auto head = co_await world_.head(gid);
    if (!head) co_return false;
    for (const auto& client : clients_) {
      if (is_in(*client, gid) && !client->has_all(gid, *head)) co_return false;
    }
  }
  co_return true;
}

Task<Result<>> VerifyRun::read_logs() {
  auto& history = outcome_.history;
  history.events = recorder_.events();
  history.end = recorder_.now();
  history.stale_ms = static_cast<double>(kStale.count());
  const auto sends = static_cast<double>(plan_.rate) * talked_s_ * kWorth;
  history.expect.oks = std::floor(sends);
  history.expect.deliveries = std::floor(sends * static_cast<double>(clients_.size()) / 2);
  history.truth = doors_.front().url;
  for (const auto& gid : world_.rooms()) {
    auto& room = history.rooms.emplace_back();
    room.gid = gid;
    for (const auto& user : world_.users()) room.members.insert(user.id);
    for (const auto& door : doors_) {
      auto log = co_await world_.log(door, gid);
      if (!log) co_return log.error();
      history.logs[door.url][gid] = std::move(*log);
    }
  }
  co_return Result<>();
}

Task<> VerifyRun::pause(milliseconds time) {
  asio::steady_timer timer(network_.loop, time);
  co_await timer.async_wait(kAwait);
}

}  // namespace confab::ctl
