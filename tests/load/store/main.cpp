// What a durable message costs behind the gateway. See README.md of this folder.
#include <fmt/format.h>
#include <grpcpp/create_channel.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <pqxx/pqxx>
#include <random>
#include <thread>

#include "common/base/random.hpp"
#include "common/base/uuid.hpp"
#include "common/config/options.hpp"
#include "common/testing/database.hpp"
#include "load/store/raw_insert.hpp"
#include "load/store/report.hpp"

namespace confab::load {
namespace {

namespace v1 = message_store::v1;
using std::chrono::steady_clock;

struct LoadOptions {
  std::string program;
  std::string listen = "127.0.0.1:17200";
  std::string store_options;
  std::size_t rooms = 200;
  std::size_t rate = 5000;
  std::size_t window = 0;
  std::size_t seconds = 5;
  std::size_t text_bytes = 128;
  std::size_t raw_seconds = 2;
  std::string gather = "write";
  config::Options options{"store-load"};

  LoadOptions() {
    options.add("program", program, "confab-message-store to measure; it is started here");
    options.add("listen", listen, "where the program listens");
    options.add("store-options", store_options, "further options of the program, by blank");
    options.add("rooms", rooms, "rooms, written to at random");
    options.add("rate", rate, "messages offered a second, at random times");
    options.add("window", window, "instead of a rate: always so many without an answer");
    options.add("seconds", seconds, "time measured, after 2 of warming up");
    options.add("text-bytes", text_bytes, "length of a text");
    options.add("raw-seconds", raw_seconds, "time of the plain insert to compare with; 0: none");
    options.add("gather", gather, "when a batch leaves: \"write\" or \"answer\"");
  }
};

/// The program under test, with a database of its own.
class Store {
 public:
  explicit Store(const LoadOptions& options) {
    const auto database = "--database-url=" + database_.url();
    const auto redis = "--redis-urls=" + test_redis_url();
    waitpid(start({options.program, database, redis, "migrate"}), nullptr, 0);
    std::vector<std::string> words = {options.program,
                                      database,
                                      redis,
                                      "--listen=" + options.listen,
                                      "--admin-listen=127.0.0.1:0",
                                      "--log-level=warning"};
    for (std::size_t at = 0; at < options.store_options.size();) {
      const auto end = std::min(options.store_options.find(' ', at), options.store_options.size());
      if (end > at) words.push_back(options.store_options.substr(at, end - at));
      at = end + 1;
    }
    process_ = start(words);
  }
  ~Store() {
    kill(process_, SIGTERM);
    waitpid(process_, nullptr, 0);
  }
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  [[nodiscard]] const std::string& database_url() const { return database_.url(); }
  [[nodiscard]] pid_t process() const { return process_; }

  [[nodiscard]] double commits() const {
    pqxx::connection connection(database_.url());
    pqxx::nontransaction query(connection);
    return query
        .exec1("SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()")[0]
        .as<double>();
  }

 private:
  static pid_t start(const std::vector<std::string>& words) {
    std::vector<char*> arguments;
    for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    const auto process = fork();
    if (process != 0) return process;
    execv(arguments[0], arguments.data());
    _exit(127);
  }

  TestDatabase database_;
  pid_t process_ = 0;
};

std::vector<std::uint64_t> make_rooms(v1::MessageStore::Stub& stub, std::size_t count) {
  std::vector<std::uint64_t> rooms;
  for (std::size_t i = 1; i <= count; ++i) {
    v1::CreateRoomRequest request;
    auto& creator = *request.mutable_creator();
    creator.set_id(static_cast<std::int64_t>(i));
    creator.set_uuid(fmt::format("a0000000-0000-4000-8000-{:012}", i));
    creator.set_username(fmt::format("user{}", i));
    creator.set_name(fmt::format("User {}", i));
    request.set_name("Load");
    grpc::ClientContext context;
    context.set_wait_for_ready(true);
    v1::Room room;
    const auto status = stub.CreateRoom(&context, request, &room);
    if (!status.ok()) throw std::runtime_error("no room: " + status.error_message());
    rooms.push_back(room.room_id());
  }
  return rooms;
}

/// Offers messages until `end`.
class Offer {
 public:
  Offer(const LoadOptions& options, AppendClient& client, std::vector<std::uint64_t> rooms)
      : options_(options), client_(client), rooms_(std::move(rooms)) {}

  void until(steady_clock::time_point end) {
    std::exponential_distribution<double> gap(static_cast<double>(options_.rate) / 1e9);
    auto due = steady_clock::now();
    while (due < end) {
      if (options_.window > 0) {
        client_.await_fewer_unanswered(options_.window);
        due = steady_clock::now();
      } else {
        due += std::chrono::nanoseconds(static_cast<std::int64_t>(gap(dice_)));
        if (due > steady_clock::now()) std::this_thread::sleep_until(due);
      }
      client_.send(message(), due);
    }
  }

 private:
  v1::NewMessage message() {
    const auto room = dice_() % rooms_.size();
    v1::NewMessage message;
    message.set_room_id(rooms_[room]);
    message.set_sender_id(static_cast<std::int64_t>(room + 1));
    message.set_client_msg_id(Uuid::make(random_).text());
    message.set_text(std::string(options_.text_bytes, 'x'));
    return message;
  }

  const LoadOptions& options_;
  AppendClient& client_;
  std::vector<std::uint64_t> rooms_;
  std::mt19937_64 dice_{1};
  SystemRandom random_;
};

struct Servers {
  pid_t store;
  pid_t postgres;
  pid_t redis;

  [[nodiscard]] ServerCpu cpu() const {
    return {cpu_of({store}), cpu_of(with_children(postgres)), cpu_of({redis})};
  }
};

Measured measure(const LoadOptions& options) {
  const Store store(options);
  const Servers servers{store.process(), postgres_process(store.database_url()),
                        redis_process(test_redis_url())};
  const auto channel = grpc::CreateChannel(options.listen, grpc::InsecureChannelCredentials());
  const auto stub = v1::MessageStore::NewStub(channel);
  auto rooms = make_rooms(*stub, options.rooms);
  AppendClient client(*stub, options.gather == "answer" ? Gather::answer : Gather::write);
  Offer offer(options, client, std::move(rooms));
  offer.until(steady_clock::now() + std::chrono::seconds(2));
  static_cast<void>(client.take());
  Measured measured;
  const auto commits = store.commits();
  const auto before = servers.cpu();
  const auto start = steady_clock::now();
  offer.until(start + std::chrono::seconds(options.seconds));
  measured.seconds = std::chrono::duration<double>(steady_clock::now() - start).count();
  measured.counts = client.take();
  measured.cpu = servers.cpu() - before;
  std::this_thread::sleep_for(std::chrono::seconds(2));  // PostgreSQL reports once a second.
  measured.commits = store.commits() - commits;
  client.finish();
  if (options.raw_seconds > 0) {
    measured.raw_us_per_row =
        raw_insert_us_per_row(store.database_url(), options.rooms, options.text_bytes,
                              std::chrono::seconds(options.raw_seconds));
  }
  return measured;
}

}  // namespace
}  // namespace confab::load

int main(int argc, char** argv) {
  using namespace confab;
  load::LoadOptions options;
  try {
    const auto read = options.options.load({{argv + 1, argv + argc}, {}});
    if (!read || read->help || options.program.empty()) {
      fmt::print("{}{}\n", options.options.help(), read ? "" : read.error().message);
      return read && read->help ? 0 : 2;
    }
    fmt::print("{}", load::report(load::measure(options)));
  } catch (const std::exception& failure) {
    fmt::print(stderr, "{}\n", failure.what());
    return 1;
  }
}
