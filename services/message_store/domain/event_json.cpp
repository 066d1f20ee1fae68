#include "message_store/domain/event_json.hpp"

#include <algorithm>

#include "common/base/encoding.hpp"

namespace confab::message_store {

std::string_view event_name(EntryKind kind) {
  switch (kind) {
    case EntryKind::message:
      return "message";
    case EntryKind::member_joined:
      return "member.joined";
    case EntryKind::member_left:
      return "member.left";
    case EntryKind::message_edited:
      return "message.edited";
    case EntryKind::message_redacted:
      return "message.redacted";
    case EntryKind::reaction:
      return "reaction";
    case EntryKind::pin:
      return "pin";
    case EntryKind::member_updated:
      return "member.updated";
    case EntryKind::room_updated:
      return "room.updated";
  }
  return "unknown";
}

std::string message_body(const std::string& text, const std::string& attributes) {
  std::string out = R"({"text":)";
  append_json_string(out, text);
  if (!attributes.empty()) out += R"(,"attributes":)" + attributes;
  return out + "}";
}

std::string message_body(const Content& content) {
  auto out = message_body(content.text, content.attributes);
  out.pop_back();
  if (content.reply_to > 0) out += R"(,"reply_to":)" + std::to_string(content.reply_to);
  if (!content.mentions.empty()) {
    out += R"(,"mentions":[)";
    for (const auto& person : content.mentions) {
      if (out.back() == '}') out += ',';
      append_person(out, person);
    }
    out += ']';
  }
  return out + "}";
}

void keep_members(std::vector<Person>& mentions, const std::vector<std::int64_t>& members) {
  std::erase_if(mentions, [&](const Person& person) {
    return std::find(members.begin(), members.end(), person.id) == members.end();
  });
}

std::string member_body(const Person& member, Role role, std::string_view more) {
  std::string out = R"({"member":)";
  append_person(out, member);
  out.pop_back();
  return out + R"(,"role":")" + std::string(role_name(role)) + "\"}" + std::string(more) + "}";
}

std::string_view leaving_reason(bool self, bool banned) {
  if (banned) return R"(,"reason":"banned")";
  return self ? R"(,"reason":"left")" : R"(,"reason":"removed")";
}

void append_person(std::string& out, const Person& person) {
  out += R"({"id":)" + std::to_string(person.id) + R"(,"uuid":)";
  append_json_string(out, person.uuid);
  out += R"(,"username":)";
  append_json_string(out, person.username);
  out += R"(,"name":)";
  append_json_string(out, person.name);
  out += '}';
}

bool is_readable(std::string_view body) {
  return body.size() >= 2 && body.size() <= kMaxBodyBytes && body.front() == '{' &&
         body.back() == '}';
}

std::string event_json(const Entry& entry, const Person& actor) {
  std::string out;
  out.reserve(320 + entry.body.size());
  out += R"({"type":")";
  out += event_name(entry.kind);
  out += R"(","room":)";
  append_json_string(out, entry.gid);
  out += R"(,"epoch":)" + std::to_string(entry.epoch);
  out += R"(,"seq":)" + std::to_string(entry.seq);
  out += R"(,"msg_id":")" + entry.msg_id.text();
  out += R"(","ts":)" + std::to_string(entry.created_ms);
  out += R"(,"sender":)";
  append_person(out, actor);
  if (entry.body.size() > 2) {
    out += ',';
    out.append(entry.body, 1, entry.body.size() - 2);
  }
  if (entry.kind == EntryKind::message) {
    out += R"(,"client_msg_id":)";
    append_json_string(out, entry.client_msg_id);
  }
  return out + "}";
}

std::string notice_json(const Room& room, std::uint64_t seq) {
  std::string out = R"({"room":)";
  append_json_string(out, room.gid);
  out += R"(,"name":)";
  append_json_string(out, room.name);
  out += R"(,"kind":")" + std::string(room_kind_name(room.kind)) + "\"";
  if (seq > 0) out += R"(,"seq":)" + std::to_string(seq);
  return out + "}";
}

std::string receipt_json(const Receipt& receipt) {
  std::string out = R"({"room":)";
  append_json_string(out, receipt.gid);
  out += R"(,"user":)";
  append_person(out, receipt.reader);
  return out + R"(,"seq":)" + std::to_string(receipt.seq) + "}";
}

std::string_view role_name(Role role) {
  switch (role) {
    case Role::owner:
      return "owner";
    case Role::admin:
      return "admin";
    case Role::member:
    case Role::blocked:
      return "member";
    case Role::read_only:
      return "read-only";
  }
  return "member";
}

std::string_view room_kind_name(RoomKind kind) {
  switch (kind) {
    case RoomKind::private_room:
      return "private";
    case RoomKind::public_room:
      return "public";
    case RoomKind::direct:
      return "direct";
  }
  return "private";
}

}  // namespace confab::message_store

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::message_store {
namespace {

const Person kAda{7, "u-7", "ada", "Ada \"L\""};

TEST(EventJson, SplicesTheBodyIntoTheEvent) {
  Entry entry;
  entry.gid = "wjLJb3Jo";
  entry.epoch = 1;
  entry.seq = 5;
  entry.msg_id = *Uuid::parse("99f0e998-1360-41e9-ab6c-00e04c681690");
  entry.client_msg_id = "c\"1";
  entry.body = message_body("hi \n", R"({"image":{"width":1}})");
  entry.created_ms = 1'700'000'000'000;
  EXPECT_EQ(event_json(entry, kAda),
            R"({"type":"message","room":"wjLJb3Jo","epoch":1,"seq":5,)"
            R"("msg_id":"99f0e998-1360-41e9-ab6c-00e04c681690","ts":1700000000000,)"
            R"("sender":{"id":7,"uuid":"u-7","username":"ada","name":"Ada \"L\""},)"
            R"("text":"hi \n","attributes":{"image":{"width":1}},"client_msg_id":"c\"1"})");
}

TEST(EventJson, NamesTheMemberOfAMembershipEntry) {
  Entry entry;
  entry.kind = EntryKind::member_joined;
  entry.body = member_body({8, "u-8", "bob", "Bob"}, Role::admin);
  const auto json = event_json(entry, kAda);
  EXPECT_NE(json.find(R"("type":"member.joined")"), std::string::npos);
  EXPECT_NE(json.find(R"("member":{"id":8,"uuid":"u-8","username":"bob","name":"Bob",)"
                      R"("role":"admin"}})"),
            std::string::npos);
}

}  // namespace
}  // namespace confab::message_store
#endif
