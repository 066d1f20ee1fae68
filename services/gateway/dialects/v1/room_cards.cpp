#include "gateway/dialects/v1/room_cards.hpp"

#include <algorithm>

namespace confab::gateway::dialects {

RoomCardPtr RoomCards::card(const RoomRef& room, std::string json) {
  if (cards_.size() >= purge_at_) purge();
  auto& kept = cards_[room.room_id];
  auto card = kept.lock();
  if (!card || card->json != json || card->room.gid != room.gid) {
    card = std::make_shared<const RoomCard>(RoomCard{room, std::move(json)});
    kept = card;
  }
  return card;
}

void RoomCards::purge() {
  std::erase_if(cards_, [](const auto& one) { return one.second.expired(); });
  purge_at_ = std::max<std::size_t>(1024, 2 * cards_.size());
}

}  // namespace confab::gateway::dialects

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::gateway::dialects {
namespace {

TEST(RoomCards, AreSharedWhileTheySayTheSame) {
  RoomCards cards;
  const auto one = cards.card({7, "gid"}, "{}");
  EXPECT_EQ(cards.card({7, "gid"}, "{}"), one);
  const auto renamed = cards.card({7, "gid"}, R"({"name":"new"})");
  EXPECT_NE(renamed, one);
  EXPECT_EQ(one->json, "{}");
  EXPECT_EQ(cards.card({7, "gid"}, R"({"name":"new"})"), renamed);
  EXPECT_NE(cards.card({8, "gid"}, "{}"), one);
}

TEST(RoomCards, OutliveManyThatNobodyHas) {
  RoomCards cards;
  const auto kept = cards.card({7, "gid"}, "{}");
  for (std::uint64_t id = 100; id < 5000; ++id) (void)cards.card({id, "gid"}, "{}");
  EXPECT_EQ(cards.card({7, "gid"}, "{}"), kept);
}

}  // namespace
}  // namespace confab::gateway::dialects
#endif
