#include "ctl/domain/import_file.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <optional>
#include <unordered_map>

#include "common/base/encoding.hpp"
#include "ctl/domain/dump_time.hpp"
#include "ctl/domain/numbers.hpp"

namespace confab::ctl {
namespace {

using boost::json::object;
using boost::json::value;

constexpr std::size_t kMostText = 16 * 1024;  // docs/protocol.md, "Limits".
constexpr std::size_t kMostId = 64;

/// What a line may not say; told with the line's number.
struct Refusal {
  std::string why;
};

[[noreturn]] void refuse(std::string why) { throw Refusal{std::move(why)}; }

const value* find(const object& fields, std::string_view name) {
  const auto* found = fields.if_contains(name);
  return found == nullptr || found->is_null() ? nullptr : found;
}

std::string text(const object& fields, std::string_view name) {
  const auto* found = find(fields, name);
  if (found == nullptr) return {};
  if (!found->is_string()) refuse("\"" + std::string(name) + "\" must be a text");
  return std::string(found->get_string());
}

std::string required(const object& fields, std::string_view name) {
  auto out = text(fields, name);
  if (out.empty()) refuse("\"" + std::string(name) + "\" is missing");
  return out;
}

/// An id of the old app: a text, or a number.
std::string id_of(const object& fields, std::string_view name) {
  const auto* found = find(fields, name);
  if (found != nullptr && found->is_int64()) return std::to_string(found->get_int64());
  return text(fields, name);
}

/// Milliseconds since 1970, of seconds or milliseconds since then or a date in UTC.
std::int64_t time_of(const object& fields, std::string_view name) {
  const auto* found = find(fields, name);
  if (found == nullptr) refuse("\"" + std::string(name) + "\" is missing");
  std::optional<std::int64_t> ms;
  if (found->is_number()) {
    const auto number = found->to_number<double>();
    ms = static_cast<std::int64_t>(std::llround(number < 1e11 ? number * 1000 : number));
  } else if (found->is_string()) {
    ms = parse_date(std::string(found->get_string()));
  }
  if (!ms || *ms <= 0 || *ms > 1e14) {
    refuse("\"" + std::string(name) +
           "\" must be seconds since 1970, or like 2019-01-21T10:41:14Z");
  }
  return *ms;
}

std::string make_gid_of(std::string_view what) {
  Numbers numbers(hash_of(what));
  return make_gid(numbers);
}

std::string key_of(std::string username) {
  for (auto& c : username) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return username;
}

class Reader {
 public:
  void line(const object& fields) {
    if (const auto* user = find(fields, "user")) return add_user(inside(*user));
    if (const auto* room = find(fields, "room")) return add_room(inside(*room));
    if (const auto* message = find(fields, "message")) return add_message(inside(*message));
    refuse("a line has a \"user\", a \"room\" or a \"message\"");
  }

  Import finish() {
    for (auto& conversation : out_.conversations) {
      std::stable_sort(conversation.messages.begin(), conversation.messages.end(),
                       [](const Said& a, const Said& b) { return a.ms < b.ms; });
      auto& room = out_.rooms[places_.at(conversation.gid)];
      const auto first = conversation.messages.front().ms;
      if (room.created_ms == 0 || room.created_ms > first) room.created_ms = first;
    }
    return std::move(out_);
  }

 private:
  static const object& inside(const value& given) {
    if (!given.is_object()) refuse("it must be an object");
    return given.get_object();
  }

  std::size_t user_at(const std::string& username) const {
    const auto found = users_.find(key_of(username));
    if (found == users_.end()) refuse("there is no line before with the user \"" + username + "\"");
    return found->second;
  }

  void add_user(const object& fields) {
    AccountPlan plan{required(fields, "username"), text(fields, "name"), text(fields, "password"),
                     text(fields, "password_hash")};
    if (!plan.password.empty() && !plan.hash.empty()) {
      refuse("\"password\" or \"password_hash\", not both");
    }
    if (!users_.emplace(key_of(plan.username), out_.accounts.size()).second) {
      refuse("the user \"" + plan.username + "\" is there twice");
    }
    if (plan.password.empty() && plan.hash.empty()) ++out_.locked_out;
    out_.accounts.push_back(std::move(plan));
  }

  void add_room(const object& fields) {
    const auto id = id_of(fields, "id");
    if (id.empty()) refuse("\"id\" is missing");
    RoomPlan plan{make_gid_of("import/" + id), required(fields, "name"), {}};
    plan.kind = text(fields, "kind");
    plan.topic = text(fields, "topic");
    if (plan.kind == "direct") refuse("messages of two are given by \"to\", without a room");
    if (find(fields, "created_at") != nullptr) plan.created_ms = time_of(fields, "created_at");
    const auto* members = find(fields, "members");
    if (members == nullptr || !members->is_array() || members->get_array().empty()) {
      refuse("\"members\" must be a list of usernames, of whom the first owns the room");
    }
    for (const auto& member : members->get_array()) {
      if (!member.is_string()) refuse("\"members\" must be a list of usernames");
      const auto at = user_at(std::string(member.get_string()));
      if (std::find(plan.members.begin(), plan.members.end(), at) != plan.members.end()) {
        refuse("a member is there twice");
      }
      plan.members.push_back(at);
    }
    if (!rooms_.emplace(id, out_.rooms.size()).second) {
      refuse("the room \"" + id + "\" is there twice");
    }
    keep(std::move(plan));
  }

  void keep(RoomPlan plan) {
    if (!places_.emplace(plan.gid, out_.rooms.size()).second) refuse("two rooms get the same gid");
    out_.rooms.push_back(std::move(plan));
  }

  /// The place of the room; one of two is made when it is first named.
  std::size_t room_of(const object& fields, std::size_t from) {
    const auto id = id_of(fields, "room");
    const auto to = text(fields, "to");
    if (id.empty() == to.empty()) refuse("\"room\" or \"to\" says where it was said");
    if (!id.empty()) {
      const auto found = rooms_.find(id);
      if (found == rooms_.end()) refuse("there is no line before with the room \"" + id + "\"");
      const auto& members = out_.rooms[found->second].members;
      if (std::find(members.begin(), members.end(), from) == members.end()) {
        refuse("\"from\" is not among the members of the room");
      }
      return found->second;
    }
    const auto other = user_at(to);
    if (other == from) refuse("nobody writes to themselves");
    auto low = key_of(out_.accounts[from].username);
    auto high = key_of(to);
    if (high < low) std::swap(low, high);
    const auto gid = make_gid_of("import-direct/" + low + "/" + high);
    if (const auto found = places_.find(gid); found != places_.end()) return found->second;
    keep({gid, "", {from, other}, "direct"});
    return out_.rooms.size() - 1;
  }

  void add_message(const object& fields) {
    Said said;
    said.sender = user_at(required(fields, "from"));
    said.text = text(fields, "text");
    said.ms = time_of(fields, "time");
    if (const auto* attributes = find(fields, "attributes")) {
      if (!attributes->is_object()) refuse("\"attributes\" must be an object");
      if (!attributes->get_object().empty()) said.attributes = boost::json::serialize(*attributes);
    }
    if (said.text.find_first_not_of(" \t\r\n") == std::string::npos && said.attributes.empty()) {
      refuse("a message has a \"text\" or \"attributes\"");
    }
    if (said.text.size() > kMostText) refuse("the text is longer than 16 KiB");
    const auto& room = out_.rooms[room_of(fields, said.sender)];
    said.client_msg_id = id_of(fields, "id");
    if (said.client_msg_id.size() > kMostId) refuse("\"id\" is longer than 64 bytes");
    if (said.client_msg_id.empty()) said.client_msg_id = made_id(room.gid, said);
    const auto key = room.gid + "/" + std::to_string(said.sender) + "/" + said.client_msg_id;
    if (!ids_.emplace(key, 0).second) refuse("a message with that \"id\" was there before");
    const auto place = talks_.try_emplace(room.gid, out_.conversations.size());
    if (place.second) out_.conversations.push_back({room.gid, {}});
    out_.conversations[place.first->second].messages.push_back(std::move(said));
    ++out_.messages;
  }

  /// Of what is said and when; whoever says the same twice at once gets the next number.
  std::string made_id(const std::string& gid, const Said& said) {
    const auto what = gid + "/" + std::to_string(said.ms) + "/" + said.attributes + "/" + said.text;
    const auto hash = hex64(hash_of(what));
    const auto times = ++same_[hash + "/" + std::to_string(said.sender)];
    return "import-" + hash + "-" + std::to_string(times);
  }

  using Places = std::unordered_map<std::string, std::size_t>;
  Import out_;
  Places users_, rooms_, places_, talks_, ids_, same_;
};

}  // namespace

Result<Import> read_import(std::istream& dump) {
  Reader reader;
  std::string line;
  for (std::size_t number = 1; std::getline(dump, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    std::string why;
    boost::system::error_code error;
    const auto parsed = boost::json::parse(line, error);
    if (error || !is_utf8(line)) {
      why = "it is no JSON in UTF-8";
    } else if (!parsed.is_object()) {
      why = "it is no JSON object";
    } else {
      try {
        reader.line(parsed.get_object());
      } catch (const Refusal& refusal) {
        why = refusal.why;
      }
    }
    if (!why.empty()) {
      return Error{ErrorCode::invalid_argument, "line " + std::to_string(number) + ": " + why};
    }
  }
  return reader.finish();
}

Result<Imported> run_import(const Import& import, const std::string& password,
                            Provisioner& provisioner) {
  Imported out;
  if (import.accounts.empty()) return out;
  const auto accounts = provisioner.make_accounts({import.accounts, password, true, {}});
  if (!accounts) return accounts.error();
  for (const auto& account : accounts->accounts) {
    if (account.made) ++out.accounts_made;
  }
  const auto rooms = provisioner.make_rooms(accounts->accounts, import.rooms);
  if (!rooms) return rooms.error();
  out.rooms_made = rooms->made;
  // Direct rooms that were there before have gids of their own.
  std::unordered_map<std::string, std::string> gids;
  for (std::size_t i = 0; i < import.rooms.size(); ++i) gids[import.rooms[i].gid] = rooms->gids[i];
  const auto added = provisioner.add_past(accounts->accounts, import.conversations.size(),
                                          import.messages, [&](std::size_t i) {
                                            auto conversation = import.conversations[i];
                                            conversation.gid = gids.at(conversation.gid);
                                            return conversation;
                                          });
  if (!added) return added.error();
  out.messages_added = *added;
  return out;
}

}  // namespace confab::ctl

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

#include <sstream>

#include "ctl/domain/fake_services.hpp"

namespace confab::ctl {
namespace {

constexpr auto kPeople =
    R"({"user":{"username":"Ann","name":"Ann A.","password_hash":"pbkdf2:sha256:1$s$00"}}
{"user":{"username":"bob"}}

{"room":{"id":7,"name":"Tea","members":["ann","bob"],"topic":"leaves"}}
)";

Result<Import> read(const std::string& lines) {
  std::istringstream dump(kPeople + lines);
  return read_import(dump);
}

/// What is wrong with a fifth line.
std::string problem(const std::string& line) {
  const auto read_it = read(line);
  return read_it ? "" : read_it.error().message;
}

TEST(ImportFile, ReadsUsersRoomsAndMessagesInTheOrderOfTheirTimes) {
  const auto import = read(
      R"({"message":{"room":7,"from":"bob","text":"second","time":1548067274.468}}
{"message":{"room":"7","from":"ann","text":"first","time":"2019-01-21T10:41:13Z","id":36}}
{"message":{"to":"Bob","from":"ANN","text":"","attributes":{"image":{"url":"http://a"}},"time":1548067274468}}
{"message":{"to":"ann","from":"bob","text":"hi","time":"2019-01-21 10:41:15.5"}}
)");
  ASSERT_TRUE(import) << import.error().message;
  EXPECT_EQ(import->locked_out, 1U);
  EXPECT_EQ(import->messages, 4U);
  ASSERT_EQ(import->rooms.size(), 2U);
  EXPECT_EQ(import->rooms[0].topic, "leaves");
  EXPECT_EQ(import->rooms[0].created_ms, 1548067273000) << "its first message";
  EXPECT_EQ(import->rooms[1].kind, "direct");
  const auto& talk = import->conversations[0].messages;
  EXPECT_EQ(talk[0].text, "first");
  EXPECT_EQ(talk[0].client_msg_id, "36");
  EXPECT_EQ(talk[1].ms, 1548067274468);
  const auto& direct = import->conversations[1].messages;
  ASSERT_EQ(direct.size(), 2U);
  EXPECT_EQ(direct[0].attributes, R"({"image":{"url":"http://a"}})");
  EXPECT_EQ(direct[1].ms, 1548067275500);
}

TEST(ImportFile, GivesTheSameIdsEveryTimeAndEachMessageItsOwn) {
  const std::string twice =
      R"({"message":{"to":"bob","from":"ann","text":"ok","time":5}}
{"message":{"to":"bob","from":"ann","text":"ok","time":5}}
)";
  const auto one = read(twice);
  const auto again = read(twice);
  const auto& first = one->conversations[0].messages;
  const auto& second = again->conversations[0].messages;
  EXPECT_EQ(one->conversations[0].gid, again->conversations[0].gid);
  EXPECT_EQ(first[0].client_msg_id, second[0].client_msg_id);
  EXPECT_EQ(first[1].client_msg_id, second[1].client_msg_id);
  EXPECT_NE(first[0].client_msg_id, first[1].client_msg_id);
  EXPECT_EQ(one->rooms[0].gid, again->rooms[0].gid);
}

TEST(ImportFile, NamesTheLineAndWhatIsWrongWithIt) {
  for (const auto& [line, part] : std::initializer_list<std::pair<const char*, const char*>>{
           {"{", "JSON"},
           {"[]", "object"},
           {"{}", "\"user\""},
           {R"({"user":7})", "object"},
           {R"({"user":{}})", "username"},
           {R"({"user":{"username":"BOB"}})", "twice"},
           {R"({"user":{"username":"c","password":"x","password_hash":"y"}})", "not both"},
           {R"({"room":{"name":"x","members":["ann"]}})", "\"id\""},
           {R"({"room":{"id":7,"name":"x","members":["ann"]}})", "twice"},
           {R"({"room":{"id":8,"name":"x","members":["eve"]}})", "eve"},
           {R"({"room":{"id":8,"name":"x","members":[]}})", "members"},
           {R"({"message":{"room":7,"from":"eve","text":"x","time":1}})", "eve"},
           {R"({"message":{"room":9,"from":"ann","text":"x","time":1}})", "\"9\""},
           {R"({"message":{"from":"ann","text":"x","time":1}})", "\"to\""},
           {R"({"message":{"to":"ann","from":"ann","text":"x","time":1}})", "themselves"},
           {R"({"message":{"to":"bob","from":"ann","text":" ","time":1}})", "text"},
           {R"({"message":{"to":"bob","from":"ann","text":7,"time":1}})", "text"},
           {R"({"message":{"to":"bob","from":"ann","text":"x"}})", "time"},
           {R"({"message":{"to":"bob","from":"ann","text":"x","time":"soon"}})", "time"},
           {R"({"message":{"to":"bob","from":"ann","text":"x","time":"2019-02-30T10:00:00Z"}})",
            "time"},
           {R"({"message":{"to":"bob","from":"ann","text":"x","time":1,"attributes":[]}})",
            "attributes"}}) {
    const auto said = problem(line);
    EXPECT_TRUE(said.starts_with("line 5: ")) << line << ": " << said;
    EXPECT_NE(said.find(part), std::string::npos) << line << ": " << said;
  }
}

TEST(ImportFile, IsMadeWhereTheTwoHaveARoomAlready) {
  const auto import = read(R"({"message":{"to":"bob","from":"ann","text":"hi","time":5}})");
  FakeAccountMaker accounts;
  FakeRoomMaker rooms;
  rooms.other_gids[import->rooms[1].gid] = "another1";
  Provisioner provisioner(accounts, rooms, [](auto...) {});
  const auto done = run_import(*import, "", provisioner);
  ASSERT_TRUE(done);
  EXPECT_EQ(done->accounts_made, 2U);
  EXPECT_EQ(done->messages_added, 1U);
  EXPECT_EQ(rooms.said["another1"].at(0).text, "hi");
  EXPECT_EQ(accounts.asked.at(0).hash, "pbkdf2:sha256:1$s$00");
}

}  // namespace
}  // namespace confab::ctl
#endif
