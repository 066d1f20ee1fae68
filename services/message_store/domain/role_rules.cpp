#include "message_store/domain/role_rules.hpp"

namespace confab::message_store {
namespace {

Error denied(const char* why) { return {ErrorCode::permission_denied, why}; }

/// Those in charge of a room that is no direct one.
Result<> check_power(const MembershipFacts& facts, const char* otherwise) {
  if (!facts.actor) return Error{ErrorCode::not_a_member, "you are not a member of the room"};
  if (facts.kind == RoomKind::direct) return denied("nobody is in charge of a direct room");
  if (!in_charge(facts.actor)) return denied(otherwise);
  return {};
}

}  // namespace

Role rank(const MembershipFacts& facts) {
  if (facts.actor == Role::admin && !facts.has_owner) return Role::owner;
  return *facts.actor;
}

Result<> check_role(const MembershipFacts& facts, Role role) {
  const auto power = check_power(facts, "only an owner or admin gives roles");
  if (!power) return power;
  if (!facts.subject) return Error{ErrorCode::user_not_found, "the user is not a member"};
  if (facts.archived) return denied("the room is archived");
  if (role < rank(facts)) return denied("nobody gives a role above their own");
  if (*facts.subject < rank(facts)) return denied("nobody changes somebody of a higher role");
  const bool nobody_left = facts.others_in_charge == 0 && in_charge(facts.subject);
  if (nobody_left && !in_charge(role)) return denied("somebody must stay in charge of the room");
  return {};
}

Result<> check_ban(const MembershipFacts& facts) {
  const auto power = check_power(facts, "only an owner or admin bans");
  if (!power) return power;
  if (facts.self) return denied("nobody bans themselves");
  if (facts.subject && *facts.subject < rank(facts)) {
    return denied("nobody bans somebody of a higher role");
  }
  return {};
}

Result<> check_settings(const MembershipFacts& facts) {
  const auto power = check_power(facts, "only an owner or admin changes the room");
  if (!power) return power;
  if (facts.archived) return denied("the room is archived");
  return {};
}

Result<> check_archive(const MembershipFacts& facts) {
  const auto power = check_power(facts, "only an owner archives the room");
  if (!power) return power;
  if (rank(facts) != Role::owner) return denied("only an owner archives the room");
  return {};
}

Result<> check_in_charge(const MembershipFacts& facts) {
  return check_power(facts, "only an owner or admin may do this");
}

}  // namespace confab::message_store

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::message_store {
namespace {

bool is_denied(const Result<>& result) {
  return !result && result.error().code == ErrorCode::permission_denied;
}

MembershipFacts facts_of(Role actor, std::optional<Role> subject) {
  MembershipFacts facts;
  facts.actor = actor;
  facts.subject = subject;
  facts.others = facts.others_in_charge = 1;
  return facts;
}

TEST(RoleRules, NobodyGivesAboveTheirOwnRoleNorTouchesAHigherOne) {
  for (const auto role : {Role::admin, Role::member, Role::read_only}) {
    EXPECT_TRUE(check_role(facts_of(Role::owner, Role::member), role));
    EXPECT_TRUE(check_role(facts_of(Role::admin, Role::member), role));
    EXPECT_TRUE(is_denied(check_role(facts_of(Role::member, Role::read_only), role)));
    EXPECT_TRUE(is_denied(check_role(facts_of(Role::read_only, Role::member), role)));
    EXPECT_TRUE(is_denied(check_role(facts_of(Role::admin, Role::owner), role)));
  }
  EXPECT_TRUE(is_denied(check_role(facts_of(Role::admin, Role::member), Role::owner)));
  EXPECT_TRUE(check_role(facts_of(Role::owner, Role::member), Role::owner));
  EXPECT_EQ(check_role(facts_of(Role::owner, {}), Role::admin).error().code,
            ErrorCode::user_not_found);
  MembershipFacts stranger;
  EXPECT_EQ(check_role(stranger, Role::admin).error().code, ErrorCode::not_a_member);
}

TEST(RoleRules, SomebodyStaysInCharge) {
  auto facts = facts_of(Role::owner, Role::owner);
  facts.self = true;
  facts.others_in_charge = 0;
  EXPECT_TRUE(is_denied(check_role(facts, Role::member)));
  EXPECT_TRUE(check_role(facts, Role::admin));
  facts.others_in_charge = 1;
  EXPECT_TRUE(check_role(facts, Role::read_only));
}

TEST(RoleRules, AdminsStandForOwnersWhereThereIsNone) {
  auto facts = facts_of(Role::admin, Role::member);
  EXPECT_TRUE(is_denied(check_archive(facts)));
  EXPECT_TRUE(is_denied(check_join(facts_of(Role::admin, {}), Role::owner)));
  facts.has_owner = false;
  EXPECT_TRUE(check_archive(facts));
  EXPECT_TRUE(check_role(facts, Role::owner));
  facts.actor = Role::member;
  EXPECT_TRUE(is_denied(check_archive(facts)));
}

TEST(RoleRules, ThoseInChargeBanOthersOfNoHigherRole) {
  EXPECT_TRUE(check_ban(facts_of(Role::admin, Role::admin)));
  EXPECT_TRUE(check_ban(facts_of(Role::admin, {})));
  EXPECT_TRUE(is_denied(check_ban(facts_of(Role::admin, Role::owner))));
  EXPECT_TRUE(is_denied(check_ban(facts_of(Role::member, Role::member))));
  auto oneself = facts_of(Role::owner, Role::owner);
  oneself.self = true;
  EXPECT_TRUE(is_denied(check_ban(oneself)));
}

TEST(RoleRules, ADirectRoomHasNobodyInCharge) {
  auto facts = facts_of(Role::member, Role::member);
  facts.kind = RoomKind::direct;
  EXPECT_TRUE(is_denied(check_ban(facts)));
  EXPECT_TRUE(is_denied(check_settings(facts)));
  EXPECT_TRUE(is_denied(check_archive(facts)));
  EXPECT_TRUE(is_denied(check_role(facts, Role::member)));
  facts.invited = facts.self = true;
  facts.subject.reset();
  EXPECT_TRUE(is_denied(check_join(facts, Role::member)));
}

TEST(RoleRules, AnArchivedRoomStaysAsItIsButMayBeLeft) {
  auto facts = facts_of(Role::owner, Role::member);
  facts.archived = true;
  EXPECT_TRUE(is_denied(check_settings(facts)));
  EXPECT_TRUE(is_denied(check_role(facts, Role::admin)));
  EXPECT_TRUE(check_archive(facts)) << "to take it out again";
  EXPECT_TRUE(check_leave(facts));
  facts.subject.reset();
  EXPECT_TRUE(is_denied(check_join(facts, Role::member)));
}

TEST(RoleRules, WhoIsBannedComesInByNoWay) {
  MembershipFacts facts;
  facts.banned = true;
  facts.actor = Role::owner;
  EXPECT_TRUE(is_denied(check_join(facts, Role::member)));
  facts.actor.reset();
  facts.self = facts.invited = true;
  EXPECT_TRUE(is_denied(check_join(facts, Role::member)));
  facts.kind = RoomKind::public_room;
  EXPECT_TRUE(is_denied(check_join(facts, Role::member)));
  facts.banned = false;
  EXPECT_TRUE(check_join(facts, Role::member));
}

}  // namespace
}  // namespace confab::message_store
#endif
