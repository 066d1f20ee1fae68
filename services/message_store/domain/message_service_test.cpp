#include "message_store/domain/message_service.hpp"

#include <gtest/gtest.h>

#include <future>

#include "message_store/domain/check_message.hpp"
#include "message_store/domain/event_json.hpp"
#include "message_store/domain/fake_store.hpp"
#include "message_store/domain/fakes.hpp"

namespace confab::message_store {
namespace {

const Person kAda{1, "u-1", "ada", "Ada"};
constexpr std::uint64_t kRoom = 7;

struct MessageServiceTest : testing::Test {
  FakeStore store;
  RecordingEvents events;
  ScriptedRandom random;
  People people{store};
  Announcer announcer{people, events, [](std::size_t, const Error&) {}};
  RoomLanes lanes{store, random, {}, [](const auto&) {}, [](const auto&) {}};
  // The store's clock counts calls.
  MessageService service{store, lanes, announcer, random, std::chrono::milliseconds(3)};

  MessageServiceTest() {
    EXPECT_TRUE(store.create({kRoom, "gid00001", "r", RoomKind::private_room, kAda, {}}));
    append("1", "hi");
  }
  void append(const std::string& id, const std::string& text) {
    const Draft draft{kAda.id, id, Uuid::make(random), message_body(text, "")};
    ASSERT_TRUE(store.append(kRoom, {&draft, 1}));
  }
  Result<ChangeOutcome> change(decltype(MessageChange::what) what, std::uint64_t seq = 1,
                               const Person& actor = kAda) {
    MessageChange wanted;
    wanted.room_id = kRoom;
    wanted.actor = actor;
    wanted.target_seq = seq;
    wanted.what = std::move(what);
    std::promise<Result<ChangeOutcome>> answer;
    service.change(wanted, [&](const auto& outcome) { answer.set_value(outcome); });
    return answer.get_future().get();
  }
  ErrorCode code(decltype(MessageChange::what) what) {
    const auto outcome = change(std::move(what));
    return outcome ? ErrorCode::internal : outcome.error().code;
  }
};

TEST_F(MessageServiceTest, TellsGatewaysOfAChangeOnce) {
  const Person renamed{1, "u-1", "ada", "Countess"};
  const auto first = change(React{"+1"}, 1, renamed);
  const auto again = change(React{"+1"});
  EXPECT_EQ(again->place->seq, first->place->seq);
  EXPECT_EQ(events.told(), std::vector<std::string>{"entry 2"});
  EXPECT_NE(events.json()[0].find(R"("type":"reaction","room":"gid00001","epoch":1,"seq":2)"),
            std::string::npos);
  EXPECT_NE(events.json()[0].find(R"("name":"Ada")"), std::string::npos)
      << "a caller's name may be as old as an access token";
}

TEST_F(MessageServiceTest, RefusesWhatIsMalformedWithoutAskingTheStore) {
  store.fail_with(Error{ErrorCode::internal, "asked"});
  EXPECT_EQ(code(React{""}), ErrorCode::invalid_argument);
  EXPECT_EQ(code(Edit{"", "x", {}, {}}), ErrorCode::invalid_argument);
  EXPECT_EQ(code(Edit{"c", "x", "[]", {}}), ErrorCode::invalid_argument);
}

TEST_F(MessageServiceTest, KeepsToTheEditWindow) {
  EXPECT_TRUE(change(Edit{"1", "a", {}, {}}));
  EXPECT_TRUE(change(Edit{"2", "b", {}, {}}));
  EXPECT_TRUE(change(Edit{"3", "c", {}, {}}));
  EXPECT_EQ(code(Edit{"4", "d", {}, {}}), ErrorCode::edit_window_over);
  EXPECT_TRUE(change(Edit{"3", "c", {}, {}})) << "a repeat is answered as the first was";
  EXPECT_TRUE(change(Redact{})) << "redacting has no window";
}

TEST_F(MessageServiceTest, ListsPinsUpToTheSizeOfAPage) {
  for (std::uint64_t seq = 2; seq <= 100; ++seq) {
    append(std::to_string(seq), std::string(kMaxTextBytes, 'x'));
  }
  for (std::uint64_t seq = 1; seq <= 100; ++seq) ASSERT_TRUE(change(Pin{}, seq));
  const auto pins = service.pins(kRoom, kAda.id);
  ASSERT_TRUE(pins);
  EXPECT_TRUE(pins->page.more);
  EXPECT_EQ(pins->page.entries.front().seq, 100U);
  EXPECT_EQ(pins->page.entries.size(), pins->json.size());
  std::size_t bytes = 0;
  for (const auto& json : pins->json) {
    EXPECT_NE(json.find(R"("pinned":true)"), std::string::npos);
    bytes += json.size();
  }
  EXPECT_LE(bytes, kMaxPageBytes);
  EXPECT_GT(bytes, kMaxPageBytes - 2 * kMaxTextBytes);
}

TEST_F(MessageServiceTest, SaysWhenTooMuchWaits) {
  RoomLanes full{store, random, {.max_queued = 0}, [](const auto&) {}, [](const auto&) {}};
  MessageService busy{store, full, announcer, random, {}};
  std::optional<ErrorCode> refused;
  MessageChange pin;
  pin.room_id = kRoom;
  pin.what = Pin{};
  busy.change(pin, [&](const auto& outcome) { refused = outcome.error().code; });
  EXPECT_EQ(refused, ErrorCode::overloaded);
}

}  // namespace
}  // namespace confab::message_store
