#include "gateway/domain/hub_fixture_test.hpp"

namespace confab::gateway {
namespace {

using namespace testing;

constexpr std::uint64_t kOther = 8;

struct HubRecover : HubTest {
  HubRecover() { store.logs[kOther]; }

  Seen taken;  // "room: seqs", in the order told.

  Return back(std::uint64_t room_id, std::uint64_t seq) {
    Return made;
    made.room = at_head(room_id);
    made.from = Position{1, seq, ""};
    return made;
  }
  auto start(std::vector<Return> rooms) {
    auto result = loop.start(hub.recover(ann, std::move(rooms),
                                         [this](const Return& room, const Result<Replay>& missed) {
                                           auto told = std::to_string(room.room.room.room_id) + ":";
                                           if (!missed) told += " out";
                                           if (missed) {
                                             for (const auto& entry : missed->events)
                                               told += " " + std::to_string(entry->seq);
                                           }
                                           taken.push_back(told);
                                         }));
    loop.run();
    return result;
  }
  bool recover(std::vector<Return> rooms) { return (*start(std::move(rooms)))->value(); }
};

TEST_F(HubRecover, GivesWhatWasMissedInEachRoomAndGoesOnLive) {
  store.grow_to(kOther, 5);
  say_to(4);
  EXPECT_TRUE(recover({back(kRoom, 2), back(kOther, 4)}));
  EXPECT_EQ(taken, (Seen{"7: 3 4", "8: 5"}));
  EXPECT_TRUE(ann->seen.empty());
  say();
  EXPECT_EQ(ann->seen, events(5, 5));
  EXPECT_EQ(store.count("heads"), 1U);  // All rooms at once.
}

TEST_F(HubRecover, ReportsARoomFromWhichTheUserWasPutOutWithNothingOfIt) {
  say_to(2);
  auto room = back(kRoom, 1);
  auto kick = leaving(store.grow(kRoom), 1);
  store.logs[kRoom].entries.back() = kick;
  say();
  EXPECT_TRUE(recover({room, back(kOther, 0)}));
  EXPECT_EQ(taken, (Seen{"7: out", "8:"}));
  say();
  EXPECT_TRUE(ann->seen.empty());
}

TEST_F(HubRecover, IsFalseWhenTooMuchWasMissedInOneRoomOrInAll) {
  store.grow_to(kRoom, Hub::kMaxReplay + 1);
  EXPECT_FALSE(recover({back(kRoom, 0)}));
  std::vector<Return> rooms;
  for (std::uint64_t id = 100; id <= 100 + Hub::kMaxRecovered / Hub::kMaxReplay; ++id) {
    store.grow_to(id, Hub::kMaxReplay);
    rooms.push_back(back(id, 0));
  }
  EXPECT_FALSE(recover(rooms));
  rooms.pop_back();
  EXPECT_TRUE(recover(rooms));
}

TEST_F(HubRecover, IsFalseWhenTheLogIsAnother) {
  say_to(3);
  auto room = back(kRoom, 2);
  room.from.epoch = 2;
  EXPECT_FALSE(recover({room}));
}

TEST_F(HubRecover, FailsWhenTheStoreIsAway) {
  store.heads_asked.fail_with(ErrorCode::unavailable);
  const auto result = start({back(kRoom, 0)});
  EXPECT_EQ((*result)->error().code, ErrorCode::unavailable);
}

TEST_F(HubRecover, PutsNobodyIntoARoomWhoLeftItMeanwhile) {
  store.grow_to(kRoom, 3);
  store.reads.close();
  const auto result = start({back(kRoom, 1)});
  hub.leave(*ann, kRoom);
  store.reads.open();
  loop.run();
  EXPECT_TRUE((*result)->value());
  EXPECT_TRUE(taken.empty());
  say();
  EXPECT_TRUE(ann->seen.empty());
}

TEST_F(HubRecover, KnowsWhatASubscriberWasToldAfterAMark) {
  join(ann);
  const auto start = hub.next_mark();
  say_to(2);
  const auto middle = hub.next_mark();
  say_to(3);
  const auto seqs = [&](std::uint64_t mark) {
    const auto places = Hub::told_after(*ann, mark).value();
    EXPECT_EQ(places.at(0).room.room_id, kRoom);
    EXPECT_EQ(places[0].from.seq + places[0].told.size(), 3U);
    return places[0].from.seq;
  };
  EXPECT_EQ(seqs(start), 0U);
  EXPECT_EQ(seqs(middle), 2U);
  EXPECT_EQ(seqs(hub.next_mark()), 3U);
}

TEST_F(HubRecover, DoesNotCountAsToldWhatStillGathers) {
  join(ann);
  say();
  hub.on_entries(kRoom, {shared(store.grow(kRoom))});  // To be told at the end of the turn.
  const auto mark = hub.next_mark();
  EXPECT_EQ(Hub::told_after(*ann, mark)->at(0).from.seq, 1U);
  loop.run();
  EXPECT_EQ(Hub::told_after(*ann, mark)->at(0).from.seq, 1U);
  EXPECT_EQ(Hub::told_after(*ann, mark)->at(0).told.size(), 1U);
}

TEST_F(HubRecover, DoesNotKnowWhatWasToldBeforeAResetOrWentFromMemory) {
  join(ann);
  const auto mark = hub.next_mark();
  say_to(RoomStream::kRecent);
  EXPECT_TRUE(Hub::told_after(*ann, mark));
  say();
  EXPECT_FALSE(Hub::told_after(*ann, mark));
  const auto later = hub.next_mark();
  EXPECT_TRUE(Hub::told_after(*ann, later));
  store.logs[kRoom].epoch = 2;
  hub.on_feed_back();
  loop.run();
  EXPECT_EQ(ann->seen.back(), "reset");
  EXPECT_FALSE(Hub::told_after(*ann, later));
  EXPECT_TRUE(Hub::told_after(*ann, hub.next_mark()));
}

}  // namespace
}  // namespace confab::gateway
