#include "message_store/domain/role_rules.hpp"

namespace confab::message_store {
namespace {

Error denied(const char* why) { return {ErrorCode::permission_denied, why}; }

const Error kActorIsNoMember{ErrorCode::not_a_member, "you are not a member of the room"};

}  // namespace

Result<> check_join(const MembershipFacts& facts, Role role) {
  const bool enters_alone = facts.self && (facts.invited || facts.kind == RoomKind::public_room);
  if (!enters_alone && !facts.actor) return kActorIsNoMember;
  if (facts.subject) return Error{ErrorCode::already_exists, "the user is a member already"};
  if (facts.kind == RoomKind::direct) return denied("a direct room has its two members for ever");
  if (facts.archived) return denied("the room is archived");
  if (facts.banned) return denied("the user is banned from the room");
  if (enters_alone) {
    if (role != Role::member) return denied("only an admin gives roles");
    return {};
  }
  if (!in_charge(facts.actor)) return denied("only an owner or admin adds members");
  if (role < rank(facts)) return denied("nobody gives a role above their own");
  return {};
}

Result<> check_leave(const MembershipFacts& facts) {
  if (!facts.actor) return kActorIsNoMember;
  if (!facts.subject) return Error{ErrorCode::user_not_found, "the user is not a member"};
  if (facts.self) {
    const bool leaves_them_alone =
        facts.kind != RoomKind::direct && facts.others > 0 && facts.others_in_charge == 0;
    if (leaves_them_alone && in_charge(facts.subject)) {
      return denied("the last owner or admin cannot leave the others without one");
    }
    return {};
  }
  if (facts.kind == RoomKind::direct) return denied("nobody is removed from a direct room");
  if (!in_charge(facts.actor)) return denied("only an owner or admin removes members");
  if (*facts.subject < rank(facts)) return denied("nobody removes somebody of a higher role");
  return {};
}

}  // namespace confab::message_store

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::message_store {
namespace {

ErrorCode code(const Result<>& result) {
  return result ? ErrorCode::internal : result.error().code;
}

TEST(Permissions, OnlyThoseInChargeAddMembers) {
  MembershipFacts facts;
  facts.actor = Role::admin;
  EXPECT_TRUE(check_join(facts, Role::member));
  EXPECT_TRUE(check_join(facts, Role::admin));
  EXPECT_EQ(code(check_join(facts, Role::owner)), ErrorCode::permission_denied);
  facts.actor = Role::member;
  EXPECT_EQ(code(check_join(facts, Role::member)), ErrorCode::permission_denied);
  facts.actor.reset();
  EXPECT_EQ(code(check_join(facts, Role::member)), ErrorCode::not_a_member);
}

TEST(Permissions, AnybodyEntersAPublicRoomAsAMemberOnly) {
  MembershipFacts facts;
  facts.kind = RoomKind::public_room;
  facts.self = true;
  EXPECT_TRUE(check_join(facts, Role::member));
  EXPECT_EQ(code(check_join(facts, Role::admin)), ErrorCode::permission_denied);
  facts.kind = RoomKind::private_room;
  EXPECT_EQ(code(check_join(facts, Role::member)), ErrorCode::not_a_member);
}

TEST(Permissions, NobodyIsAddedTwiceOrToADirectRoom) {
  MembershipFacts facts;
  facts.actor = Role::owner;
  facts.subject = Role::member;
  EXPECT_EQ(code(check_join(facts, Role::member)), ErrorCode::already_exists);
  facts.subject.reset();
  facts.kind = RoomKind::direct;
  EXPECT_EQ(code(check_join(facts, Role::member)), ErrorCode::permission_denied);
}

TEST(Permissions, TheLastOneInChargeStaysWhileOthersAreThere) {
  MembershipFacts facts;
  facts.self = true;
  facts.actor = facts.subject = Role::owner;
  facts.others = 2;
  EXPECT_EQ(code(check_leave(facts)), ErrorCode::permission_denied);
  facts.others_in_charge = 1;
  EXPECT_TRUE(check_leave(facts));
  facts.others = facts.others_in_charge = 0;
  EXPECT_TRUE(check_leave(facts));
}

TEST(Permissions, NobodyRemovesAHigherRoleOrAStranger) {
  MembershipFacts facts;
  facts.actor = Role::admin;
  facts.subject = Role::owner;
  EXPECT_EQ(code(check_leave(facts)), ErrorCode::permission_denied);
  facts.subject = Role::admin;
  EXPECT_TRUE(check_leave(facts));
  facts.subject.reset();
  EXPECT_EQ(code(check_leave(facts)), ErrorCode::user_not_found);
  facts.actor = Role::member;
  facts.subject = Role::member;
  EXPECT_EQ(code(check_leave(facts)), ErrorCode::permission_denied);
}

}  // namespace
}  // namespace confab::message_store
#endif
