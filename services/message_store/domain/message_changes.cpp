#include "message_store/domain/message_changes.hpp"

#include <algorithm>

#include "common/base/encoding.hpp"
#include "message_store/domain/attributes.hpp"
#include "message_store/domain/check_message.hpp"
#include "message_store/domain/people_ports.hpp"
#include "message_store/domain/role_rules.hpp"

namespace confab::message_store {
namespace {

// As an edit's ids are stored; no client can send a message with such an id, since it is longer
// than any.
const std::string kEditIds = "edit" + std::string(kMaxClientMsgIdBytes - 3, ' ');

Error denied(const char* why) { return {ErrorCode::permission_denied, why}; }
/// permission_denied, or blocked by the other of a direct room.
Result<> check_writer(Role role) {
  if (role == Role::blocked) return blocked_error();
  if (!may_write(role)) return denied("your role does not let you write");
  return {};
}

const Error kIsRedacted{ErrorCode::redacted, "the message has been redacted"};

struct Check {
  const MessageChange& change;
  const StoreLimits& limits;

  Result<> operator()(const Edit& edit) const {
    if (edit.attributes && edit.attributes->size() <= limits.attributes_bytes) {
      if (const auto good = check_attributes(*edit.attributes); !good) return good;
    }
    NewMessage message;
    message.client_msg_id = edit.client_msg_id;
    message.text = edit.text;
    message.attributes = edit.attributes.value_or("{}");  // What is kept may be enough.
    message.mentions = edit.mentions;
    return check_message(message, limits);
  }
  Result<> operator()(const Redact&) const { return {}; }
  Result<> operator()(const Pin&) const { return {}; }
  Result<> operator()(const React& react) const {
    const auto is_control = [](char byte) {
      return static_cast<unsigned char>(byte) < 0x20 || byte == 0x7F;
    };
    const auto& text = react.reaction;
    if (text.empty() || text.size() > kMaxReactionBytes || is_blank(text) || !is_utf8(text) ||
        std::any_of(text.begin(), text.end(), is_control)) {
      return Error{ErrorCode::invalid_argument,
                   "a reaction must have 1 to 64 bytes, not blank, without control characters"};
    }
    return {};
  }
};

/// Of somebody who is in the room, about a message that is there.
struct Judge {
  const MessageChange& change;
  const MessageFacts& facts;
  const StoreLimits& limits;

  Result<bool> operator()(const Edit& edit) const {
    if (facts.sender_id != change.actor.id) return denied("only its sender edits a message");
    if (const auto good = check_writer(*facts.actor); !good) return good.error();
    if (facts.redacted) return kIsRedacted;
    if (change.edit_window.count() > 0 && facts.age > change.edit_window) {
      return Error{ErrorCode::edit_window_over, "the message is too old to be edited"};
    }
    const auto attributes = edit.attributes.value_or(facts.attributes);
    if (is_blank(edit.text) && (attributes.empty() || attributes == "{}")) {
      return Error{ErrorCode::empty_text, "the text is empty"};
    }
    if (facts.edits >= limits.edits) {
      return too_many(ErrorCode::too_many_edits, limits.edits, "edits of a message");
    }
    return true;
  }

  Result<bool> operator()(const Redact&) const {
    if (facts.sender_id != change.actor.id && !in_charge(facts.actor)) {
      return denied("only its sender, an owner or an admin redacts a message");
    }
    return facts.since_seq == 0;
  }

  Result<bool> operator()(const React& react) const {
    if (const auto good = check_writer(*facts.actor); !good) return good.error();
    if (facts.redacted) return kIsRedacted;
    if (react.remove) return facts.since_seq > 0;
    if (facts.since_seq > 0) return false;
    if (facts.of_this_kind == 0 && facts.other_kinds >= limits.reaction_kinds) {
      return too_many(ErrorCode::too_many_reactions, limits.reaction_kinds,
                      "different reactions to a message; use one that is there");
    }
    return true;
  }

  Result<bool> operator()(const Pin& pin) const {
    if (const auto good = check_writer(*facts.actor); !good) return good.error();
    if (facts.room_kind != RoomKind::direct && !in_charge(*facts.actor)) {
      return denied("only an owner or admin pins messages");
    }
    if (!pin.pinned) return facts.since_seq > 0;
    if (facts.redacted) return kIsRedacted;
    if (facts.since_seq > 0) return false;
    if (facts.pins >= limits.pins) {
      return too_many(ErrorCode::too_many_pins, limits.pins,
                      "messages are pinned in a room; unpin one");
    }
    return true;
  }
};

}  // namespace

EntryKind kind_of(const MessageChange& change) {
  constexpr EntryKind kKinds[] = {EntryKind::message_edited, EntryKind::message_redacted,
                                  EntryKind::reaction, EntryKind::pin};
  return kKinds[change.what.index()];
}

std::string stored_client_msg_id(const MessageChange& change) {
  const auto* edit = std::get_if<Edit>(&change.what);
  return edit == nullptr ? std::string() : kEditIds + edit->client_msg_id;
}

Result<> check_change(const MessageChange& change, const StoreLimits& limits) {
  return std::visit(Check{change, limits}, change.what);
}

Result<bool> judge(const MessageChange& change, const MessageFacts& facts,
                   const StoreLimits& limits) {
  const auto* redact = std::get_if<Redact>(&change.what);
  const bool farewell = redact != nullptr && redact->farewell;
  if (!facts.actor && !farewell)
    return Error{ErrorCode::not_a_member, "you are not a member of the room"};
  if (!facts.exists) {
    return Error{ErrorCode::message_not_found, "there is no message with this seq in the room"};
  }
  auto verdict = std::visit(Judge{change, facts, limits}, change.what);
  if (verdict && *verdict && facts.archived && !farewell) return denied("the room is archived");
  return verdict;
}

}  // namespace confab::message_store

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::message_store {
namespace {

constexpr std::int64_t kMe = 1;
constexpr std::int64_t kOther = 2;

std::string verdict(const std::variant<Edit, Redact, React, Pin>& what, const MessageFacts& facts,
                    std::chrono::milliseconds edit_window = {}) {
  MessageChange change;
  change.actor.id = kMe;
  change.target_seq = 1;
  change.what = what;
  change.edit_window = edit_window;
  const auto judged = judge(change, facts);
  if (!judged) return std::string(error_traits(judged.error().code).name);
  return *judged ? "change" : "nothing to do";
}

MessageFacts message_of(std::int64_t sender_id, Role actor = Role::member) {
  MessageFacts facts;
  facts.actor = actor;
  facts.exists = true;
  facts.sender_id = sender_id;
  return facts;
}

TEST(JudgeChange, IsForMembersAndForMessagesThatAreThere) {
  MessageFacts stranger = message_of(kMe);
  stranger.actor.reset();
  MessageFacts nothing = message_of(kMe, Role::owner);
  nothing.exists = false;
  for (const std::variant<Edit, Redact, React, Pin>& what :
       {std::variant<Edit, Redact, React, Pin>(Edit{"c", "x", {}, {}}),
        {Redact{}},
        {React{"+1"}},
        {Pin{}}}) {
    EXPECT_EQ(verdict(what, stranger), "not_a_member");
    EXPECT_EQ(verdict(what, nothing), "message_not_found");
  }
}

TEST(JudgeChange, IsNotForThoseWhoOnlyReadBeyondTakingTheirOwnBack) {
  const auto mine = message_of(kMe, Role::read_only);
  EXPECT_EQ(verdict(Edit{"c", "x", {}, {}}, mine), "permission_denied");
  EXPECT_EQ(verdict(React{"+1"}, mine), "permission_denied");
  EXPECT_EQ(verdict(Pin{}, mine), "permission_denied");
  EXPECT_EQ(verdict(Redact{}, message_of(kOther, Role::read_only)), "permission_denied");
  EXPECT_EQ(verdict(Redact{}, mine), "change");
}

TEST(JudgeChange, TellsWhoIsBlockedSoAndLetsThemTakeTheirOwnBack) {
  auto mine = message_of(kMe, Role::blocked);
  mine.room_kind = RoomKind::direct;
  EXPECT_EQ(verdict(Edit{"c", "x", {}, {}}, mine), "blocked");
  EXPECT_EQ(verdict(React{"+1"}, mine), "blocked");
  EXPECT_EQ(verdict(Pin{}, mine), "blocked");
  EXPECT_EQ(verdict(Redact{}, mine), "change");
}

TEST(JudgeChange, LetsADeletedAccountsOwnMessagesGoFromAnyRoom) {
  auto left = message_of(kMe);
  left.actor.reset();
  left.archived = true;
  EXPECT_EQ(verdict(Redact{.farewell = true}, left), "change");
  EXPECT_EQ(verdict(Redact{}, left), "not_a_member");
  left.sender_id = kOther;
  EXPECT_EQ(verdict(Redact{.farewell = true}, left), "permission_denied");
}

TEST(JudgeChange, LeavesMessagesOfAnArchivedRoomAsTheyAre) {
  auto facts = message_of(kMe, Role::owner);
  facts.archived = true;
  EXPECT_EQ(verdict(Edit{"c", "x", {}, {}}, facts), "permission_denied");
  EXPECT_EQ(verdict(React{"+1"}, facts), "permission_denied");
  EXPECT_EQ(verdict(Pin{}, facts), "permission_denied");
  EXPECT_EQ(verdict(Redact{}, facts), "permission_denied");
  facts.redacted = true;
  facts.since_seq = 5;
  EXPECT_EQ(verdict(Redact{}, facts), "nothing to do") << "a repeat is answered as the first was";
}

TEST(JudgeChange, LetsOnlyTheSenderEditAndOnlyWithinTheWindow) {
  const Edit edit{"c", "new", {}, {}};
  auto facts = message_of(kMe);
  EXPECT_EQ(verdict(edit, facts), "change");
  EXPECT_EQ(verdict(edit, message_of(kOther, Role::owner)), "permission_denied");
  facts.age = std::chrono::hours(1);
  EXPECT_EQ(verdict(edit, facts, std::chrono::hours(1)), "change");
  facts.age += std::chrono::milliseconds(1);
  EXPECT_EQ(verdict(edit, facts, std::chrono::hours(1)), "edit_window_over");
  EXPECT_EQ(verdict(edit, facts), "change") << "no window";
  facts.edits = kMaxEdits;
  EXPECT_EQ(verdict(edit, facts), "too_many_edits");
  facts.redacted = true;
  EXPECT_EQ(verdict(edit, facts), "redacted");
}

TEST(JudgeChange, LetsAnEditLeaveNoTextOnlyBesideAttributes) {
  auto facts = message_of(kMe);
  EXPECT_EQ(verdict(Edit{"c", " ", {}, {}}, facts), "empty_text");
  EXPECT_EQ(verdict(Edit{"c", " ", R"({"a":1})", {}}, facts), "change");
  facts.attributes = R"({"a":1})";
  EXPECT_EQ(verdict(Edit{"c", " ", {}, {}}, facts), "change") << "those it has stay";
  EXPECT_EQ(verdict(Edit{"c", " ", "{}", {}}, facts), "empty_text");
}

TEST(JudgeChange, LetsTheSenderAndThoseInChargeRedact) {
  EXPECT_EQ(verdict(Redact{}, message_of(kMe)), "change");
  EXPECT_EQ(verdict(Redact{}, message_of(kOther)), "permission_denied");
  EXPECT_EQ(verdict(Redact{}, message_of(kOther, Role::admin)), "change");
  EXPECT_EQ(verdict(Redact{}, message_of(kOther, Role::owner)), "change");
  auto gone = message_of(kMe);
  gone.redacted = true;
  gone.since_seq = 5;
  EXPECT_EQ(verdict(Redact{}, gone), "nothing to do");
}

TEST(JudgeChange, CountsKindsOfReactionsNotUsers) {
  auto facts = message_of(kOther);
  EXPECT_EQ(verdict(React{"+1"}, facts), "change");
  EXPECT_EQ(verdict(React{"+1", true}, facts), "nothing to do");
  facts.other_kinds = kMaxReactionKinds;
  EXPECT_EQ(verdict(React{"+1"}, facts), "too_many_reactions");
  facts.other_kinds = kMaxReactionKinds - 1;
  facts.of_this_kind = 1000;
  EXPECT_EQ(verdict(React{"+1"}, facts), "change");
  facts.since_seq = 9;
  EXPECT_EQ(verdict(React{"+1"}, facts), "nothing to do");
  EXPECT_EQ(verdict(React{"+1", true}, facts), "change");
  facts.redacted = true;
  EXPECT_EQ(verdict(React{"+1", true}, facts), "redacted");
}

TEST(JudgeChange, LetsThoseInChargePinAndBothOfADirectRoom) {
  auto facts = message_of(kOther);
  EXPECT_EQ(verdict(Pin{}, facts), "permission_denied");
  facts.room_kind = RoomKind::direct;
  EXPECT_EQ(verdict(Pin{}, facts), "change");
  EXPECT_EQ(verdict(Pin{false}, facts), "nothing to do");
  facts.pins = kMaxPins;
  EXPECT_EQ(verdict(Pin{}, facts), "too_many_pins");
  facts.since_seq = 4;
  EXPECT_EQ(verdict(Pin{}, facts), "nothing to do");
  EXPECT_EQ(verdict(Pin{false}, facts), "change");
  facts.since_seq = 0;
  facts.redacted = true;
  EXPECT_EQ(verdict(Pin{}, facts), "redacted");
  EXPECT_EQ(verdict(Pin{}, message_of(kOther, Role::admin)), "change");
}

TEST(CheckChange, RefusesWhatIsNoReaction) {
  MessageChange change;
  const auto good = [&](std::string reaction) {
    change.what = React{std::move(reaction)};
    return check_change(change).has_value();
  };
  for (const auto* reaction : {"+1", "\xF0\x9F\x91\x8D", ":tada:", "two words"}) {
    EXPECT_TRUE(good(reaction)) << reaction;
  }
  EXPECT_TRUE(good(std::string(64, 'x')));
  EXPECT_FALSE(good(std::string(65, 'x')));
  for (const auto* reaction : {"", " ", "a\nb", "\x7F", "\xFF"}) EXPECT_FALSE(good(reaction));
  EXPECT_FALSE(good(std::string("a\0b", 3)));
}

TEST(CheckChange, HoldsAnEditToTheLimitsOfAMessage) {
  MessageChange change;
  const auto code = [&](Edit edit) {
    change.what = std::move(edit);
    const auto checked = check_change(change);
    return checked ? "ok" : std::string(error_traits(checked.error().code).name);
  };
  EXPECT_EQ(code({"c", "x", {}, {}}), "ok");
  EXPECT_EQ(code({"c", "", {}, {}}), "ok") << "the message may have attributes";
  EXPECT_EQ(code({"", "x", {}, {}}), "invalid_argument");
  EXPECT_EQ(code({"c", std::string(kMaxTextBytes + 1, 'x'), {}, {}}), "text_too_long");
  EXPECT_EQ(code({"c", "x", std::string(kMaxAttributesBytes + 1, ' '), {}}), "payload_too_large");
  EXPECT_EQ(code({"c", "x", R"({"image":{"url":"javascript:x"}})", {}}), "invalid_argument");
  EXPECT_EQ(code({"c", "x", {}, std::vector<Person>(kMaxMentions + 1)}), "too_many_mentions");
}

TEST(CheckChange, KeepsTheIdsOfEditsApartFromThoseOfMessages) {
  MessageChange change;
  change.what = Edit{"c", "x", {}, {}};
  EXPECT_GT(stored_client_msg_id(change).size(), kMaxClientMsgIdBytes);
  change.what = Redact{};
  EXPECT_EQ(stored_client_msg_id(change), "");
}

}  // namespace
}  // namespace confab::message_store
#endif
