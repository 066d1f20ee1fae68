#include "message_store/domain/attributes.hpp"

#include <boost/json.hpp>

#include "common/base/json_nul.hpp"

namespace confab::message_store {
namespace {

constexpr std::size_t kMaxDepth = 8;
constexpr std::size_t kMaxUrlBytes = 2048;
constexpr std::size_t kMaxNameBytes = 255;  // What file systems take.

Error bad(std::string_view name, std::string_view what) {
  return {ErrorCode::invalid_argument,
          "\"attributes." + std::string(name) + "\" must be " + std::string(what)};
}

bool starts_with_scheme(std::string_view url, std::string_view scheme) {
  return url.size() > scheme.size() &&
         std::equal(scheme.begin(), scheme.end(), url.begin(), [](char a, char b) {
           return a == std::tolower(static_cast<unsigned char>(b));
         });
}

/// http or https, with a host, in one word.
bool is_web_url(std::string_view url) {
  std::string_view rest = url;
  if (starts_with_scheme(url, "https://")) {
    rest.remove_prefix(8);
  } else if (starts_with_scheme(url, "http://")) {
    rest.remove_prefix(7);
  } else {
    return false;
  }
  const auto is_bad = [](char c) {
    return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F || c == '"' || c == '<' || c == '>' ||
           c == '\\';
  };
  const bool has_host = std::string_view("/?#@:").find(rest.front()) == std::string_view::npos;
  return has_host && url.size() <= kMaxUrlBytes && std::none_of(url.begin(), url.end(), is_bad);
}

enum class Form { url, text, whole, amount };

struct Field {
  std::string_view attribute;
  std::string_view name;
  Form form;
};

constexpr Field kFields[] = {
    {"image", "url", Form::url},      {"image", "width", Form::whole},
    {"image", "height", Form::whole}, {"video", "url", Form::url},
    {"video", "source", Form::text},  {"video", "length", Form::amount},
    {"file", "url", Form::url},       {"file", "name", Form::text},
    {"file", "size", Form::whole},    {"file", "type", Form::text},
};

Result<> check(const Field& field, const boost::json::object& attribute) {
  const auto name = std::string(field.attribute) + "." + std::string(field.name);
  const auto* value = attribute.if_contains(field.name);
  if (value == nullptr) {
    if (field.form != Form::url) return {};
    return bad(name, "given");
  }
  boost::system::error_code error;
  switch (field.form) {
    case Form::url:
      if (value->is_string() && is_web_url(value->get_string())) return {};
      return bad(name, "an http or https URL of at most 2048 bytes");
    case Form::text:
      if (value->is_string() && value->get_string().size() <= kMaxNameBytes) return {};
      return bad(name, "a string of at most 255 bytes");
    case Form::whole:
      static_cast<void>(value->to_number<std::uint64_t>(error));
      if (value->is_number() && !error) return {};
      return bad(name, "a whole number, not negative");
    case Form::amount:
      if (value->is_number() && value->to_number<double>(error) >= 0) return {};
      return bad(name, "a number, not negative");
  }
  return {};
}

}  // namespace

Result<> check_attributes(const std::string& json) {
  boost::system::error_code error;
  boost::json::parse_options options;
  options.max_depth = kMaxDepth;
  const auto value = boost::json::parse(json, error, {}, options);
  if (error || !value.is_object()) {
    return Error{ErrorCode::invalid_argument, "attributes must be a JSON object"};
  }
  if (holds_nul(value)) {
    return Error{ErrorCode::invalid_argument, "attributes must be free of NUL"};
  }
  for (const auto& field : kFields) {
    const auto* attribute = value.get_object().if_contains(field.attribute);
    if (attribute == nullptr) continue;
    if (!attribute->is_object()) return bad(field.attribute, "an object");
    if (auto good = check(field, attribute->get_object()); !good) return good;
  }
  return {};
}

}  // namespace confab::message_store

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::message_store {
namespace {

/// What the refusal names; "" when there is none.
std::string refused(const std::string& json) {
  const auto checked = check_attributes(json);
  if (checked) return "";
  EXPECT_EQ(checked.error().code, ErrorCode::invalid_argument);
  const auto& message = checked.error().message;
  return message.substr(0, message.find(" must"));
}

TEST(Attributes, MayBeOfTheKnownFormsAndAnythingElseBeside) {
  for (const auto* json : {
           R"({})",
           R"({"image":{"url":"https://example.org/a.png","width":640,"height":480}})",
           R"({"image":{"url":"HTTP://example.org"}})",
           R"({"video":{"url":"http://example.org/v?x=1#t","source":"a camera","length":12.5}})",
           R"({"file":{"url":"https://[::1]:8080/f","name":"f.pdf","size":0,"type":"text/x"}})",
           R"({"image":{"url":"https://example.org/","alt":"a cat"},"mood":[1,{"a":null}]})",
       }) {
    EXPECT_EQ(refused(json), "") << json;
  }
}

TEST(Attributes, AreRefusedByTheNameOfWhatIsWrong) {
  const std::pair<const char*, const char*> cases[] = {
      {"[]", "attributes"},
      {"{", "attributes"},
      {R"({"a":[[[[[[[[[1]]]]]]]]]})", "attributes"},
      {R"({"image":"https://example.org"})", "\"attributes.image\""},
      {R"({"image":{"width":1}})", "\"attributes.image.url\""},
      {R"({"image":{"url":7}})", "\"attributes.image.url\""},
      {R"({"image":{"url":"https://example.org","width":-1}})", "\"attributes.image.width\""},
      {R"({"image":{"url":"https://example.org","height":"9"}})", "\"attributes.image.height\""},
      {R"({"image":{"url":"https://example.org","height":1.5}})", "\"attributes.image.height\""},
      {R"({"video":{"url":"https://example.org","length":-1}})", "\"attributes.video.length\""},
      {R"({"video":{"url":"https://example.org","source":{}}})", "\"attributes.video.source\""},
      {R"({"file":{"url":"https://example.org","size":"1"}})", "\"attributes.file.size\""},
      {R"({"file":{"url":"https://example.org","name":null}})", "\"attributes.file.name\""},
  };
  for (const auto& [json, name] : cases) EXPECT_EQ(refused(json), name) << json;
}

TEST(Attributes, AreRefusedWithANulAnywhereInThem) {
  for (const auto* json : {
           R"({"a":"\u0000"})",
           R"({"\u0000":1})",
           R"({"a":[1,{"b":["x\u0000y"]}]})",
           R"({"image":{"url":"http://a/b","x":"\u0000"}})",
       }) {
    EXPECT_EQ(refused(json), "attributes") << json;
  }
  EXPECT_EQ(refused(R"({"a":"\\u0000","b":"\u0001"})"), "") << "a backslash and letters";
}

TEST(Attributes, TakeOnlyUrlsThatABrowserFetches) {
  const auto with = [](const std::string& url) {
    return refused(R"({"file":{"url":")" + url + "\"}}") == "";
  };
  EXPECT_TRUE(with("https://example.org/" + std::string(2028, 'x')));
  for (const auto* url :
       {"", "javascript:alert(1)", "data:text/html,x", "ftp://example.org", "//example.org",
        "https://", "http:///x", "https:example.org", "https://exa mple.org", "https://e\\n.org",
        "https://e.org/\\\"onload=x", "https://e.org/<x>", " https://e.org"}) {
    EXPECT_FALSE(with(url)) << url;
  }
  EXPECT_FALSE(with("https://example.org/" + std::string(2029, 'x')));
}

}  // namespace
}  // namespace confab::message_store
#endif
