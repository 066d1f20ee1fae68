#include "gateway/dialects/chat_socketio/words.hpp"

#include <boost/json.hpp>
#include <charconv>

#include "gateway/dialects/times.hpp"
#include "gateway/dialects/v1/fields.hpp"
#include "gateway/dialects/v1/json_object.hpp"

namespace confab::gateway::dialects::chat_socketio {
namespace {

using boost::json::object;
using boost::json::value;

constexpr std::size_t kMostPage = 100'000;

Error bad(std::string what) { return {ErrorCode::invalid_argument, std::move(what)}; }

/// Adds what an argument says to what others said. So many lists may stand around it, and a text.
Result<> merge(const value& argument, object& into, int lists, bool may_be_text = true) {
  if (const auto* fields = argument.if_object()) {
    for (const auto& field : *fields) into[field.key()] = field.value();
    return {};
  }
  if (const auto* text = argument.if_string(); text != nullptr && may_be_text) {
    const auto parsed = parse_value(*text);
    if (!parsed) return parsed.error();
    return merge(*parsed, into, lists, false);
  }
  if (const auto* list = argument.if_array(); list != nullptr && lists > 0) {
    for (const auto& item : *list) {
      if (const auto done = merge(item, into, lists - 1, may_be_text); !done) return done;
    }
    return {};
  }
  return bad("an event takes an object, or the JSON of one");
}

/// A number, also one in digits; nothing of anything else.
std::optional<std::uint64_t> as_number(const value& given) {
  if (given.is_int64() && given.get_int64() >= 0) {
    return static_cast<std::uint64_t>(given.get_int64());
  }
  if (given.is_uint64()) return given.get_uint64();
  if (!given.is_string()) return std::nullopt;
  const auto& text = given.get_string();
  std::uint64_t number = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

const value* find(const object& fields, std::string_view name) {
  const auto* found = fields.if_contains(name);
  return found == nullptr || found->is_null() ? nullptr : found;
}

Result<const object*> find_object(const object& fields, std::string_view name) {
  const auto* found = find(fields, name);
  if (found == nullptr) return static_cast<const object*>(nullptr);
  if (!found->is_object()) return bad("\"" + std::string(name) + "\" must be an object");
  return &found->get_object();
}

Result<std::size_t> number_of(const object& fields, std::string_view name, std::size_t most) {
  const auto* found = find(fields, name);
  const auto number = found == nullptr ? std::nullopt : as_number(*found);
  if (!number || *number == 0 || *number > most) {
    return bad("\"meta\" needs \"" + std::string(name) + "\", a number from 1 to " +
               std::to_string(most));
  }
  return static_cast<std::size_t>(*number);
}

/// A user by id or name; "" when there is none.
Result<std::string> user_of(const object& message, std::string_view name) {
  const auto* found = find(message, name);
  if (found == nullptr) return std::string();
  if (found->is_string() && !found->get_string().empty()) return std::string(found->get_string());
  if (const auto id = as_number(*found)) return std::to_string(*id);
  return bad("\"" + std::string(name) + "\" must be a user's id or name");
}

/// An image or video as messages here have it: numbers become numbers.
Result<object> medium_of(const object& fields, std::string_view what,
                         std::initializer_list<std::string_view> numbers) {
  object out;
  for (const auto& field : fields) {
    if (field.value().is_null()) continue;
    const std::string key(field.key());
    if (std::find(numbers.begin(), numbers.end(), key) == numbers.end()) {
      if (!field.value().is_string()) {
        return bad("\"" + key + "\" of \"" + std::string(what) + "\" must be a text");
      }
      out[key] = field.value();
      continue;
    }
    const auto number = as_number(field.value());
    if (!number && !field.value().is_double()) {
      return bad("\"" + key + "\" of \"" + std::string(what) + "\" must be a number");
    }
    if (number) {
      out[key] = *number;
    } else {
      out[key] = field.value();
    }
  }
  const auto* url = find(out, "url");
  const std::string text = url == nullptr ? "" : std::string(url->get_string());
  if (!text.starts_with("http://") && !text.starts_with("https://")) {
    return bad("\"url\" of \"" + std::string(what) + "\" must be an http or https link");
  }
  return out;
}

Result<std::string> attributes_of(const object& message) {
  const auto given = find_object(message, "attributes");
  if (!given) return given.error();
  if (*given == nullptr) return std::string();
  object out;
  for (const auto& field : **given) {
    const std::string key(field.key());
    if (key != "image" && key != "video") return bad("there are no attributes \"" + key + "\"");
    const auto fields = find_object(**given, key);
    if (!fields) return fields.error();
    if (*fields == nullptr || (*fields)->empty()) continue;
    auto medium = key == "image" ? medium_of(**fields, key, {"width", "height"})
                                 : medium_of(**fields, key, {"length"});
    if (!medium) return medium.error();
    out[key] = std::move(*medium);
  }
  return out.empty() ? std::string() : boost::json::serialize(out);
}

std::string message_json(const Message& message, std::int64_t rid) {
  object attributes;
  for (const auto* name : {"image", "video"}) {
    if (const auto* medium = find(message.attributes, name)) attributes[name] = *medium;
  }
  Object said;
  said.text("message_data", message.text)
      .text("date", date_text(message.ts))
      .number("sid", message.sender.id)
      .number("rid", rid)
      .json("attributes", boost::json::serialize(attributes));
  return Object()
      .text("type", "msg")
      .number("id", message.seq)
      .json("message", said.close())
      .close();
}

}  // namespace

Result<Payload> parse_payload(const std::string& args_json) {
  const auto args = parse_value(args_json, 1);  // The array around the arguments.
  if (!args) return args.error();
  object all;
  if (const auto done = merge(*args, all, 2); !done) return done.error();
  Payload out;
  const auto data = find_object(all, "data");
  if (!data) return data.error();
  if (*data != nullptr) out.data = **data;
  const auto meta = find_object(all, "meta");
  if (!meta) return meta.error();
  if (*meta == nullptr) return out;
  const auto rows = number_of(**meta, "rows", kMostRows);
  if (!rows) return rows.error();
  const auto page = number_of(**meta, "page", kMostPage);
  if (!page) return page.error();
  out.meta = Meta{*rows, *page};
  return out;
}

Result<UserAuth> user_auth_of(const object& data) {
  const auto given = find_object(data, "user_auth");
  if (!given) return given.error();
  if (*given == nullptr) return bad("\"user_auth\" is missing");
  Fields fields(**given);
  UserAuth out;
  out.username = fields.required_text("username");
  out.password = fields.required_text("password");
  if (!fields.good()) return fields.good().error();
  return out;
}

Result<OldMessage> message_of(const object& data, bool only_users) {
  const auto given = find_object(data, "message");
  if (!given) return given.error();
  if (*given == nullptr) {
    if (only_users) return OldMessage();
    return bad("\"message\" is missing");
  }
  OldMessage out;
  auto sid = user_of(**given, "sid");
  if (!sid) return sid.error();
  out.sid = std::move(*sid);
  auto rid = user_of(**given, "rid");
  if (!rid) return rid.error();
  out.rid = std::move(*rid);
  if (only_users) return out;
  if (out.rid.empty()) return bad("\"rid\" is missing: who gets the message");
  const auto* text = find(**given, "message_data");
  if (text != nullptr && !text->is_string()) return bad("\"message_data\" must be a text");
  if (text != nullptr) out.text = text->get_string();
  auto attributes = attributes_of(**given);
  if (!attributes) return attributes.error();
  out.attributes = std::move(*attributes);
  return out;
}

std::string render_login(const User& user) {
  return Object()
      .json("data", Object()
                        .text("type", "login")
                        .number("id", user.id)
                        .json("user_auth", Object().text("username", user.username).close())
                        .close())
      .close();
}

std::string render(const Message& message, std::int64_t rid) {
  return Object().json("data", message_json(message, rid)).close();
}

std::string render(const Meta& meta, const std::vector<Message>& messages, std::int64_t me,
                   std::int64_t other) {
  return Object()
      .json("meta", Object().number("rows", meta.rows).number("page", meta.page).close())
      .json("data", array(messages,
                          [&](const Message& message) {
                            return message_json(message, message.sender.id == me ? other : me);
                          }))
      .close();
}

std::string render(const Error& error) {
  return Object()
      .json("errors", Object()
                          .number("code", error_traits(error.code).http_status)
                          .text("detail", error.message)
                          .close())
      .close();
}

}  // namespace confab::gateway::dialects::chat_socketio

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::gateway::dialects::chat_socketio {
namespace {

/// What is wrong with a message so given; "" when nothing is.
std::string problem(const std::string& args_json, bool only_users = false) {
  const auto payload = parse_payload(args_json);
  if (!payload) return payload.error().message;
  const auto message = message_of(payload->data, only_users);
  return message ? "" : message.error().message;
}

TEST(ChatSocketIoWords, ReadTheSameOutOfObjectsAndTextsAndLists) {
  const std::string one = R"({"data":{"type":"msg","message":{"message_data":"hi","rid":7}}})";
  std::string text;
  append_json_string(text, one);
  for (const auto& args :
       {"[" + one + "]", "[" + text + "]", "[[" + one + "]]", R"([{"meta":null},)" + one + "]"}) {
    const auto payload = parse_payload(args);
    ASSERT_TRUE(payload) << args << payload.error().message;
    const auto message = message_of(payload->data, false);
    ASSERT_TRUE(message) << args;
    EXPECT_EQ(message->rid, "7");
    EXPECT_EQ(message->text, "hi");
    EXPECT_FALSE(payload->meta);
  }
  std::string both;
  append_json_string(both, R"([{"meta":{"rows":5,"page":"2"}},{"data":{"id":1}}])");
  const auto payload = parse_payload("[" + both + "]");
  ASSERT_TRUE(payload) << payload.error().message;
  EXPECT_EQ(payload->meta->rows, 5U);
  EXPECT_EQ(payload->meta->page, 2U);
  EXPECT_TRUE(payload->data.contains("id"));
}

TEST(ChatSocketIoWords, MakeAttributesOfHereOutOfThoseOfThere) {
  const auto payload =
      parse_payload(R"([{"data":{"message":{"rid":"bob","sid":"4","attributes":{)"
                    R"("image":{"url":"http://a/b.png","width":"640","height":480},)"
                    R"("video":{"url":"https://a/c","source":"tube","length":null}}}}}])");
  const auto message = message_of(payload->data, false);
  ASSERT_TRUE(message) << message.error().message;
  EXPECT_EQ(message->attributes, R"({"image":{"url":"http://a/b.png","width":640,"height":480},)"
                                 R"("video":{"url":"https://a/c","source":"tube"}})");
  EXPECT_EQ(message->sid, "4");
  EXPECT_EQ(message->rid, "bob");
}

TEST(ChatSocketIoWords, NameWhatIsWrong) {
  for (
      const auto& [args, part] : std::initializer_list<std::pair<const char*, const char*>>{
          {"[]", "message"},
          {"[7]", "object"},
          {R"(["x"])", ""},
          {R"([{"data":7}])", "data"},
          {R"([{"data":{"message":[]}}])", "message"},
          {R"([{"data":{"message":{"message_data":"hi"}}}])", "rid"},
          {R"([{"data":{"message":{"rid":{}}}}])", "rid"},
          {R"([{"data":{"message":{"rid":-1}}}])", "rid"},
          {R"([{"data":{"message":{"rid":1,"message_data":{}}}}])", "message_data"},
          {R"([{"data":{"message":{"rid":1,"attributes":{"file":{}}}}}])", "file"},
          {R"([{"data":{"message":{"rid":1,"attributes":{"image":7}}}}])", "image"},
          {R"([{"data":{"message":{"rid":1,"attributes":{"image":{"width":1}}}}}])", "url"},
          {R"([{"data":{"message":{"rid":1,"attributes":{"image":{"url":"javascript:x"}}}}}])",
           "url"},
          {R"([{"data":{"message":{"rid":1,"attributes":{"image":{"url":"http://a","width":"x"}}}}}])",
           "width"},
          {R"([{"meta":{"rows":0,"page":1}}])", "rows"},
          {R"([{"meta":{"rows":201,"page":1}}])", "rows"},
          {R"([{"meta":{"rows":1}}])", "page"},
          {R"([{"meta":[]}])", "meta"}}) {
    const auto said = problem(args);
    EXPECT_FALSE(said.empty()) << args;
    EXPECT_NE(said.find(part), std::string::npos) << args << ": " << said;
  }
  EXPECT_EQ(problem("[]", true), "");
  EXPECT_FALSE(user_auth_of({{"user_auth", {{"username", "ann"}}}}));
  EXPECT_FALSE(user_auth_of({}));
  EXPECT_FALSE(user_auth_of({{"user_auth", 7}}));
}

TEST(ChatSocketIoWords, SayWhatTheReplacedAppSaid) {
  Message message;
  message.seq = 3;
  message.ts = 1'700'000'000'007;
  message.sender.id = 4;
  message.text = "hi";
  message.attributes = {{"image", {{"url", "http://a"}}}, {"file", {{"url", "http://b"}}}};
  const std::string data =
      R"({"type":"msg","id":3,"message":{"message_data":"hi","date":"2023-11-14T22:13:20.007Z",)"
      R"("sid":4,"rid":9,"attributes":{"image":{"url":"http://a"}}}})";
  EXPECT_EQ(render(message, 9), R"({"data":)" + data + "}");
  EXPECT_EQ(render({20, 1}, {message}, 4, 9),
            R"({"meta":{"rows":20,"page":1},"data":[)" + data + "]}");
  EXPECT_EQ(render({ErrorCode::invalid_credentials, "no"}),
            R"({"errors":{"code":401,"detail":"no"}})");
  EXPECT_EQ(render_login({4, "u", "ann", "Ann"}),
            R"({"data":{"type":"login","id":4,"user_auth":{"username":"ann"}}})");
}

}  // namespace
}  // namespace confab::gateway::dialects::chat_socketio
#endif
