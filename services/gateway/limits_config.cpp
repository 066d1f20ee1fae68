#include "gateway/limits_config.hpp"

namespace confab::gateway {

LimitsConfig::LimitsConfig() {
  using std::chrono::minutes;
  using std::chrono::seconds;
  calls = {.commands = {2000, seconds(20)},
           .sends = {300, seconds(10)},
           .room_sends = {30, seconds(3)},
           .room = {2000, seconds(2)},
           .changes = {200, seconds(20)},
           .pages = {1500, seconds(30)},
           .searches = {60, seconds(60)},
           .creates = {60, minutes(1)},
           .settings = {300, minutes(1)}};
  doors = {.connects = {200, seconds(40)},
           .sign_ups = {100, minutes(60)},
           .logins = {300, minutes(15)},
           .failed_logins = {5, minutes(15)},
           .connections_of_address = 200,
           .connections_of_user = 20};
  connection.refusals = {2000, minutes(1)};
}

void LimitsConfig::declare(config::Options& options) {
  declare_rates(options);
  declare_doors(options);
  declare_sizes(options);
}

void LimitsConfig::declare_rates(config::Options& options) {
  options.add("rate-commands", calls.commands,
              "commands of one user on this gateway, by all doors: 30/3s is 30 at once, and 30 in "
              "3 s in the long run; 0 here and below: no limit");
  options.add("rate-sends", calls.sends, "messages of one user");
  options.add("rate-room-sends", calls.room_sends, "messages of one user to one room");
  options.add("rate-room", calls.room, "messages of all users of this gateway to one room");
  options.add("rate-changes", calls.changes, "edits, redactions, reactions and pins of one user");
  options.add("rate-pages", calls.pages, "pages, lists and subscriptions of one user");
  options.add("rate-searches", calls.searches, "searches of one user, for words and for users");
  options.add("rate-creates", calls.creates, "rooms and invitations made by one user");
  options.add("rate-settings", calls.settings,
              "changes of rooms, members, profile and account by one user");
  options.add("rate-refusals", connection.refusals,
              "commands refused by a limit on one connection; at more it is closed as a flood");
}

void LimitsConfig::declare_doors(config::Options& options) {
  options.add("rate-connects", doors.connects,
              "Socket.IO sessions and plain WebSockets opened from one address");
  options.add("rate-sign-ups", doors.sign_ups, "accounts made from one address");
  options.add("rate-logins", doors.logins, "logins and refreshed tokens from one address");
  options.add("rate-failed-logins", doors.failed_logins,
              "failed logins of one username from one address");
  options.add("max-connections-per-address", doors.connections_of_address,
              "Socket.IO sessions and plain WebSockets open from one address; 0: no limit");
  options.add("max-connections-per-user", doors.connections_of_user,
              "the same of one user; 0: no limit");
  options.add("trusted-proxies", trusted_proxies,
              "addresses and networks, e.g. 10.0.0.0/8, of proxies whose X-Forwarded-For tells "
              "where clients come from");
  options.add("limit-local-addresses", limit_local_addresses,
              "limit private and local addresses as well; else they are taken for proxies, which "
              "many clients share");
}

void LimitsConfig::declare_sizes(config::Options& options) {
  options.add("max-in-flight", connection.max_in_flight,
              "commands of one connection without an answer; with more it is read no further until "
              "half of them have one, and beyond twice as many they are refused");
  options.add("max-subscriptions", connection.max_rooms,
              "rooms that a connection is subscribed to when it comes, and by its own wish later");
  options.add("max-frame-bytes", max_frame_bytes, "one message on a plain WebSocket");
  options.add("max-body-bytes", max_body_bytes, "body of a REST request");
  options.add("max-socketio-bytes", max_socketio_bytes,
              "one Socket.IO message, or the body of one polling request");
}

Result<> LimitsConfig::check() const {
  const auto bad = [](std::string what) {
    return Error{ErrorCode::invalid_argument, std::move(what) + "; see --help"};
  };
  if (connection.max_in_flight == 0) return bad("--max-in-flight must be at least 1");
  if (connection.max_rooms == 0 || connection.max_rooms > 10'000) {
    return bad("--max-subscriptions must be 1 to 10000");
  }
  constexpr std::size_t kLeast = 1024;
  constexpr std::size_t kMost = 1'000'000;
  for (const auto size : {max_frame_bytes, max_body_bytes, max_socketio_bytes}) {
    if (size < kLeast || size > kMost) {
      return bad(
          "--max-frame-bytes, --max-body-bytes and --max-socketio-bytes must be 1024 to "
          "1000000");
    }
  }
  return {};
}

}  // namespace confab::gateway

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

#include <fstream>
#include <regex>

namespace confab::gateway {
namespace {

TEST(LimitsConfig, RefusesWhatCannotWork) {
  const auto verdict = [](const std::string& argument) {
    LimitsConfig limits;
    config::Options options("gateway");
    limits.declare(options);
    const auto loaded = options.load({{argument}, {}});
    const auto checked = loaded ? limits.check() : Result<>(loaded.error());
    return checked ? std::string("good") : checked.error().message;
  };
  for (const auto* good : {"--rate-sends=0", "--max-connections-per-user=0",
                           "--trusted-proxies=10.0.0.0/8,fd00::1", "--max-frame-bytes=4096"}) {
    EXPECT_EQ(verdict(good), "good");
  }
  EXPECT_NE(verdict("--rate-sends=many").find("rate-sends"), std::string::npos);
  for (const auto* bad : {"--max-in-flight=0", "--max-subscriptions=0", "--max-frame-bytes=0",
                          "--max-body-bytes=2000000"}) {
    EXPECT_NE(verdict(bad), "good") << bad;
  }
}

TEST(LimitsConfig, HasTheRatesThatTheProtocolTellsOf) {
  LimitsConfig limits;
  config::Options options("gateway");
  limits.declare(options);
  const auto printed = options.print();
  std::ifstream doc(CONFAB_PROTOCOL_DOC);
  static const std::regex kRow(R"(\| `--(rate-[a-z-]+)` \| (\d+) in (\d+) ([smh]) \|.*)");
  std::size_t told = 0;
  for (std::string line; std::getline(doc, line);) {
    std::smatch row;
    if (!std::regex_match(line, row, kRow)) continue;
    ++told;
    const auto expected = row[1].str() + " = " + row[2].str() + "/" + row[3].str() + row[4].str();
    EXPECT_NE(printed.find(expected + "\n"), std::string::npos) << expected;
  }
  EXPECT_EQ(told, static_cast<std::size_t>(
                      std::count(printed.begin(), printed.end(), '/')));  // Each rate has one.
}

}  // namespace
}  // namespace confab::gateway
#endif
