#include "gateway/rpc/recall_wire.hpp"

namespace confab::gateway {

void to_wire(const CutSession& session, v1::RecallResponse& out) {
  out.set_found(true);
  for (const auto& place : session.rooms) {
    auto* room = out.add_rooms();
    room->set_room_id(place.room.room_id);
    room->set_gid(place.room.gid);
    room->set_epoch(place.from.epoch);
    room->set_seq(place.from.seq);
    room->mutable_told()->Add(place.told.begin(), place.told.end());
  }
  for (const auto& card : session.known) {
    auto* known = out.add_known();
    known->set_room_id(card->room.room_id);
    known->set_gid(card->room.gid);
    known->set_json(card->json);
  }
}

CutSession from_wire(v1::RecallResponse& response, std::int64_t user_id) {
  CutSession session;
  session.user_id = user_id;
  for (auto& room : *response.mutable_rooms()) {
    auto& place = session.rooms.emplace_back();
    place.room.room_id = room.room_id();
    place.room.gid = std::move(*room.mutable_gid());
    place.from.epoch = room.epoch();
    place.from.seq = room.seq();
    place.told.assign(room.told().begin(), room.told().end());
  }
  for (auto& known : *response.mutable_known()) {
    RoomCard card;
    card.room.room_id = known.room_id();
    card.room.gid = std::move(*known.mutable_gid());
    card.json = std::move(*known.mutable_json());
    session.known.push_back(std::make_shared<const RoomCard>(std::move(card)));
  }
  return session;
}

}  // namespace confab::gateway

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::gateway {
namespace {

TEST(RecallWire, CarriesASession) {
  CutSession session;
  session.user_id = 5;
  ToldPlace place;
  place.room = {UINT64_MAX, "gid"};
  place.from = {2, 7, ""};
  place.told = {3, 3, 900};
  session.rooms = {place};
  session.known = {std::make_shared<const RoomCard>(RoomCard{{8, "other"}, "{}"})};
  v1::RecallResponse wire;
  EXPECT_FALSE(wire.found());
  to_wire(session, wire);
  EXPECT_TRUE(wire.found());
  const auto back = from_wire(wire, 5);
  EXPECT_EQ(back.user_id, 5);
  ASSERT_EQ(back.rooms.size(), 1U);
  EXPECT_EQ(back.rooms[0].room.room_id, UINT64_MAX);
  EXPECT_EQ(back.rooms[0].room.gid, "gid");
  EXPECT_EQ(back.rooms[0].from.epoch, 2U);
  EXPECT_EQ(back.rooms[0].from.seq, 7U);
  EXPECT_EQ(back.rooms[0].told, place.told);
  ASSERT_EQ(back.known.size(), 1U);
  EXPECT_EQ(back.known[0]->room.gid, "other");
  EXPECT_EQ(back.known[0]->json, "{}");
}

}  // namespace
}  // namespace confab::gateway
#endif
