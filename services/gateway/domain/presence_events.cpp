#include "gateway/domain/presence_events.hpp"

#include "common/base/encoding.hpp"

namespace confab::gateway {
namespace {

// Connections that look at a room on one event loop.
constexpr std::size_t kSmallAudience = 100;
constexpr std::size_t kLargeAudience = 1000;

void append_text(std::string& out, std::string_view key, std::string_view value) {
  out.append(",\"").append(key).append("\":");
  append_json_string(out, value);
}

/// {"room":…,"users":[…]
template <typename Items, typename ToJson>
std::string users_of(const std::string& gid, const Items& items, ToJson to_json) {
  std::string out = R"({"room":)";
  append_json_string(out, gid);
  out += R"(,"users":[)";
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out += ',';
    out += to_json(items[i]);
  }
  return out + "]";
}

}  // namespace

std::string user_json(const User& user) {
  auto out = R"({"id":)" + std::to_string(user.id);
  append_text(out, "uuid", user.uuid);
  append_text(out, "username", user.username);
  append_text(out, "name", user.name);
  return out + "}";
}

std::string shown_json(const Shown& shown) {
  auto out = R"({"id":)" + std::to_string(shown.user.id);
  append_text(out, "username", shown.user.username);
  if (shown.online) out += *shown.online ? R"(,"online":true)" : R"(,"online":false)";
  if (shown.online == false && shown.seen_ms > 0) {
    out += R"(,"last_seen":)" + std::to_string(shown.seen_ms);
  }
  return out + "}";
}

EventPtr presence_event(const std::string& gid, const std::vector<Shown>& members) {
  return std::make_shared<LiveEvent>("presence", users_of(gid, members, shown_json) + "}");
}

EventPtr typing_event(const std::string& gid, const std::vector<User>& named, std::size_t count) {
  return std::make_shared<LiveEvent>(
      "typing", users_of(gid, named, user_json) + R"(,"count":)" + std::to_string(count) + "}");
}

std::chrono::milliseconds spacing_for(std::size_t watchers, std::chrono::milliseconds usual) {
  if (watchers <= kSmallAudience) return usual;
  return watchers <= kLargeAudience ? 4 * usual : 16 * usual;
}

}  // namespace confab::gateway

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::gateway {
namespace {

TEST(PresenceEvents, TellOnlyWhatIsKnown) {
  Shown shown{{7, "u", "ann", "Ann"}, std::nullopt, 1700};
  EXPECT_EQ(shown_json(shown), R"({"id":7,"username":"ann"})");
  shown.online = true;
  EXPECT_EQ(shown_json(shown), R"({"id":7,"username":"ann","online":true})");
  shown.online = false;
  EXPECT_EQ(shown_json(shown), R"({"id":7,"username":"ann","online":false,"last_seen":1700})");
  shown.seen_ms = 0;
  const auto event = presence_event("g", {shown, shown});
  EXPECT_EQ(event->name(), "presence");
  EXPECT_EQ(event->json(), R"({"room":"g","users":[{"id":7,"username":"ann","online":false},)"
                           R"({"id":7,"username":"ann","online":false}]})");
}

TEST(PresenceEvents, WriteNamesAsTheyAre) {
  EXPECT_EQ(typing_event("g", {{7, "u", "a\"nn", "Ann"}}, 9)->json(),
            R"({"room":"g","users":[{"id":7,"uuid":"u","username":"a\"nn","name":"Ann"}],)"
            R"("count":9})");
  EXPECT_EQ(typing_event("g", {}, 0)->json(), R"({"room":"g","users":[],"count":0})");
}

TEST(PresenceEvents, ComeLessOftenTheMoreLook) {
  using std::chrono::milliseconds;
  EXPECT_EQ(spacing_for(100, milliseconds(300)), milliseconds(300));
  EXPECT_EQ(spacing_for(101, milliseconds(300)), milliseconds(1200));
  EXPECT_EQ(spacing_for(1001, milliseconds(300)), milliseconds(4800));
}

}  // namespace
}  // namespace confab::gateway
#endif
