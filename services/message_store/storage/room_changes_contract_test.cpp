#include "message_store/storage/store_contract_test.hpp"

// RoomChanges: settings, roles, bans and invitations, and what they allow in RoomLog.
namespace confab::message_store {
namespace {

class RoomChangesContract : public StoreContractTest {
 protected:
  Result<RoomUpdated> update(const Room& room, const Person& actor, RoomPatch patch) {
    return changes_.update({room.room_id, actor, std::move(patch), Uuid::make(random_)});
  }
  Result<MemberUpdated> set_role(const Room& room, const Person& actor, const Person& member,
                                 Role role) {
    return changes_.set_role(change(room, actor, member, role));
  }
  Result<MemberUpdated> set_ban(const Room& room, const Person& actor, const Person& user,
                                bool banned = true) {
    return changes_.set_ban(change(room, actor, user), banned);
  }
  Invite invite(const Room& room, const Person& actor, const std::string& secret,
                std::uint32_t uses = 0) {
    return {room.room_id, secret, actor.id, std::int64_t{1} << 45, uses};
  }
  MemberChange join_by(const Room& room, const Person& person, const std::string& secret) {
    auto joining = change(room, person, person);
    joining.invite = secret;
    return joining;
  }
  std::uint64_t head(const Room& room) { return log_.read(room.room_id, 0, {})->head.seq; }
  Room archived_room() {
    const auto room = make_room(RoomKind::public_room, {kBob});
    fill(room, 1);
    RoomPatch patch;
    patch.archived = true;
    EXPECT_TRUE(update(room, kAda, patch));
    return room;
  }
};
INSTANTIATE_TEST_SUITE_P(, RoomChangesContract, both_stores(), store_name);

TEST_P(RoomChangesContract, WritesWhatBecameDifferentIntoTheLog) {
  const auto room = make_room();
  RoomPatch patch;
  patch.name = "Coffee";
  patch.topic = "no \"tea\"";
  patch.picture = "";
  const auto updated = update(room, kAda, patch);
  ASSERT_TRUE(updated);
  EXPECT_EQ(updated->room.name, "Coffee");
  EXPECT_EQ(updated->room.head.seq, 1U);
  ASSERT_TRUE(updated->entry);
  EXPECT_EQ(updated->entry->kind, EntryKind::room_updated);
  EXPECT_EQ(updated->entry->actor_id, kAda.id);
  EXPECT_EQ(updated->entry->body, R"({"changed":{"name":"Coffee","topic":"no \"tea\""}})");
  const auto page = log_.read(room.room_id, kAda.id, {});
  EXPECT_EQ(page->entries.back().body, updated->entry->body);
  EXPECT_EQ(page->entries.back().kind, EntryKind::room_updated);
  const auto found = rooms_.find(room.gid, false);
  EXPECT_EQ(found->name, "Coffee");
  EXPECT_EQ(found->topic, "no \"tea\"");
  EXPECT_FALSE(update(room, kAda, patch)->entry) << "nothing changed";
  EXPECT_EQ(head(room), 1U);
  patch.name.reset();
  patch.kind = RoomKind::public_room;
  EXPECT_EQ(update(room, kAda, patch)->entry->body, R"({"changed":{"kind":"public"}})");
}

TEST_P(RoomChangesContract, RefusesSettingsToWhoIsNotInCharge) {
  const auto room = make_room(RoomKind::private_room, {kBob});
  RoomPatch patch;
  patch.topic = "x";
  EXPECT_EQ(code(update(room, kBob, patch)), ErrorCode::permission_denied);
  EXPECT_EQ(code(update(room, kEve, patch)), ErrorCode::not_a_member);
  EXPECT_EQ(code(update(make_direct(), kAda, patch)), ErrorCode::permission_denied);
  ASSERT_TRUE(set_role(room, kAda, kBob, Role::admin));
  EXPECT_TRUE(update(room, kBob, patch));
  patch.archived = true;
  EXPECT_EQ(code(update(room, kBob, patch)), ErrorCode::permission_denied) << "owners archive";
  Room nowhere;
  nowhere.room_id = kNoRoom;
  EXPECT_EQ(code(update(nowhere, kAda, patch)), ErrorCode::room_not_found);
  EXPECT_EQ(head(room), 2U);
}

TEST_P(RoomChangesContract, KeepsAnArchivedRoomAsItIs) {
  const auto room = archived_room();
  const auto refused = append(room, {draft("new"), draft("0")});
  ASSERT_TRUE(refused);
  EXPECT_EQ(code(refused->results[0]), ErrorCode::permission_denied);
  EXPECT_EQ(refused->results[1]->seq, 1U) << "a repeat of what is stored is acknowledged";
  // Now that the room's end is known.
  EXPECT_EQ(code(append(room, {draft("more")})->results[0]), ErrorCode::permission_denied);
  EXPECT_EQ(code(append(room, {draft("e", kEve)})->results[0]), ErrorCode::not_a_member);
  EXPECT_EQ(code(log_.join(change(room, kEve, kEve))), ErrorCode::permission_denied);
  EXPECT_EQ(code(set_role(room, kAda, kBob, Role::admin)), ErrorCode::permission_denied);
  RoomPatch rename;
  rename.name = "x";
  EXPECT_EQ(code(update(room, kAda, rename)), ErrorCode::permission_denied);
  EXPECT_EQ(log_.read(room.room_id, kBob.id, {})->entries.size(), 2U) << "it can be read";
  EXPECT_TRUE(rooms_.find(room.gid, false)->archived);
  EXPECT_TRUE(log_.leave(change(room, kBob, kBob)));
  RoomPatch back;
  back.archived = false;
  EXPECT_EQ(update(room, kAda, back)->entry->body, R"({"changed":{"archived":false}})");
  EXPECT_TRUE(append(room, {draft("new")})->results[0]);
}

TEST_P(RoomChangesContract, ChangesARoleAndSaysSo) {
  const auto room = make_room(RoomKind::private_room, {kBob});
  const auto updated = set_role(room, kAda, kBob, Role::read_only);
  ASSERT_TRUE(updated);
  EXPECT_EQ(updated->member.role, Role::read_only);
  EXPECT_EQ(updated->member.person.id, kBob.id);
  EXPECT_EQ(updated->member.added_by, kAda.id);
  EXPECT_EQ(updated->member.added_by_username, "ada");
  EXPECT_GT(updated->member.added_ms, 0);
  ASSERT_TRUE(updated->entry);
  EXPECT_EQ(updated->entry->kind, EntryKind::member_updated);
  EXPECT_EQ(updated->entry->subject_id, kBob.id);
  EXPECT_EQ(updated->entry->body, member_body(kBob, Role::read_only));
  EXPECT_EQ(*lists_.role(room.room_id, kBob.id), Role::read_only);
  EXPECT_FALSE(set_role(room, kAda, kBob, Role::read_only)->entry);
  EXPECT_EQ(code(set_role(room, kBob, kBob, Role::admin)), ErrorCode::permission_denied);
  EXPECT_EQ(code(set_role(room, kAda, kEve, Role::admin)), ErrorCode::user_not_found);
  EXPECT_EQ(code(set_role(room, kAda, kAda, Role::member)), ErrorCode::permission_denied);
  EXPECT_EQ(*lists_.role(room.room_id, kEve.id), std::nullopt);
}

TEST_P(RoomChangesContract, LetsWhoOnlyReadsReadAndNotWrite) {
  const auto room = make_room(RoomKind::private_room, {kBob});
  ASSERT_TRUE(append(room, {draft("a"), draft("b", kBob)}));  // So that the room's end is known.
  ASSERT_TRUE(append(room, {draft("c", kBob)})->results[0]);
  ASSERT_TRUE(set_role(room, kAda, kBob, Role::read_only));
  const auto mixed = append(room, {draft("d"), draft("d", kBob), draft("b", kBob), draft("e")});
  ASSERT_TRUE(mixed);
  EXPECT_TRUE(mixed->results[0]);
  EXPECT_EQ(code(mixed->results[1]), ErrorCode::permission_denied);
  EXPECT_EQ(mixed->results[2]->seq, 2U) << "a repeat of what is stored is acknowledged";
  EXPECT_EQ(mixed->results[3]->seq, 6U);
  EXPECT_EQ(code(append(room, {draft("f", kBob)})->results[0]), ErrorCode::permission_denied);
  EXPECT_EQ(log_.read(room.room_id, kBob.id, {})->head.seq, 6U);
  ASSERT_TRUE(set_role(room, kAda, kBob, Role::member));
  EXPECT_TRUE(append(room, {draft("f", kBob)})->results[0]);
}

TEST_P(RoomChangesContract, TakesAMemberOutByABanAndKeepsThemOut) {
  const auto room = make_room(RoomKind::public_room, {kBob});
  ASSERT_TRUE(changes_.add_invite(invite(room, kAda, "secret")));
  const auto banned = set_ban(room, kAda, kBob);
  ASSERT_TRUE(banned);
  ASSERT_TRUE(banned->entry);
  EXPECT_EQ(banned->entry->kind, EntryKind::member_left);
  EXPECT_EQ(banned->entry->subject_id, kBob.id);
  EXPECT_EQ(banned->entry->body, member_body(kBob, Role::member, R"(,"reason":"banned")"));
  EXPECT_FALSE(*rooms_.is_member(room.room_id, kBob.id));
  EXPECT_TRUE(rooms_.of_user(kBob.id, 10)->empty());
  EXPECT_EQ(code(append(room, {draft("b", kBob)})->results[0]), ErrorCode::not_a_member);
  for (const auto& way :
       {change(room, kBob, kBob), change(room, kAda, kBob), join_by(room, kBob, "secret")}) {
    EXPECT_EQ(code(log_.join(way)), ErrorCode::permission_denied);
  }
  EXPECT_FALSE(set_ban(room, kAda, kBob)->entry) << "is banned already";
  const auto bans = lists_.bans(room.room_id, {});
  ASSERT_EQ(bans->size(), 1U);
  EXPECT_EQ(bans->front().user.username, "bob");
  EXPECT_EQ(bans->front().banned_by_username, "ada");
  const auto unbanned = set_ban(room, kAda, kBob, false);
  EXPECT_EQ(unbanned->entry->kind, EntryKind::member_updated);
  EXPECT_TRUE(unbanned->entry->body.ends_with(R"(,"banned":false})")) << unbanned->entry->body;
  EXPECT_TRUE(lists_.bans(room.room_id, {})->empty());
  EXPECT_TRUE(log_.join(change(room, kBob, kBob)));
  EXPECT_EQ(head(room), 3U);
}

TEST_P(RoomChangesContract, BansBeforehandAndNotUpwards) {
  const auto room = make_room(RoomKind::public_room, {kBob});
  const auto entry = set_ban(room, kAda, kEve)->entry;
  EXPECT_EQ(entry->kind, EntryKind::member_updated);
  EXPECT_TRUE(entry->body.ends_with(R"(,"banned":true})"));
  EXPECT_EQ(code(log_.join(change(room, kEve, kEve))), ErrorCode::permission_denied);
  EXPECT_EQ(code(set_ban(room, kBob, kAda)), ErrorCode::permission_denied);
  ASSERT_TRUE(set_role(room, kAda, kBob, Role::admin));
  EXPECT_EQ(code(set_ban(room, kBob, kAda)), ErrorCode::permission_denied);
  EXPECT_EQ(code(set_ban(room, kEve, kBob)), ErrorCode::not_a_member);
  EXPECT_EQ(code(set_ban(make_direct(), kAda, kBob)), ErrorCode::permission_denied);
  EXPECT_EQ(code(set_ban(room, kAda, kAda)), ErrorCode::permission_denied);
}

TEST_P(RoomChangesContract, LetsInAsManyAsAnInvitationSays) {
  const auto room = make_room();
  ASSERT_TRUE(changes_.add_invite(invite(room, kAda, "once", 1)));
  ASSERT_TRUE(changes_.add_invite(invite(room, kAda, "any")));
  EXPECT_EQ(code(log_.join(join_by(room, kBob, "else"))), ErrorCode::not_found);
  EXPECT_EQ(code(log_.join(join_by(room, kAda, "once"))), ErrorCode::already_exists);
  const auto joined = log_.join(join_by(room, kBob, "once"));
  ASSERT_TRUE(joined);
  EXPECT_EQ(joined->member.role, Role::member);
  EXPECT_EQ(code(log_.join(join_by(room, kEve, "once"))), ErrorCode::not_found) << "used up";
  EXPECT_EQ(code(log_.join(join_by(make_room(), kEve, "any"))), ErrorCode::not_found);
  EXPECT_TRUE(log_.join(join_by(room, kEve, "any")));
  EXPECT_EQ(code(changes_.add_invite(invite(room, kBob, "x"))), ErrorCode::permission_denied);
  EXPECT_EQ(code(changes_.revoke_invite(invite(room, kBob, "any"))), ErrorCode::permission_denied);
  EXPECT_TRUE(changes_.revoke_invite(invite(room, kAda, "any")));
  EXPECT_EQ(code(changes_.revoke_invite(invite(room, kAda, "any"))), ErrorCode::not_found);
  ASSERT_TRUE(log_.leave(change(room, kEve, kEve)));
  EXPECT_EQ(code(log_.join(join_by(room, kEve, "any"))), ErrorCode::not_found) << "revoked";
}

TEST_P(RoomChangesContract, KeepsNoMoreInvitationsThanAllowed) {
  const auto room = make_room();
  for (std::size_t i = 0; i < kMaxInvites; ++i) {
    ASSERT_TRUE(changes_.add_invite(invite(room, kAda, std::to_string(i))));
  }
  EXPECT_EQ(code(changes_.add_invite(invite(room, kAda, "more"))), ErrorCode::too_many_invites);
  ASSERT_TRUE(changes_.revoke_invite(invite(room, kAda, "7")));
  EXPECT_TRUE(changes_.add_invite(invite(room, kAda, "more")));
}

TEST_P(RoomChangesContract, AdminsStandForTheOwnerWhoHasLeft) {
  const auto room = make_room(RoomKind::private_room, {kBob});
  ASSERT_TRUE(set_role(room, kAda, kBob, Role::admin));
  EXPECT_EQ(code(set_role(room, kBob, kBob, Role::owner)), ErrorCode::permission_denied);
  ASSERT_TRUE(log_.leave(change(room, kAda, kAda)));
  EXPECT_TRUE(set_role(room, kBob, kBob, Role::owner));
}

}  // namespace
}  // namespace confab::message_store
