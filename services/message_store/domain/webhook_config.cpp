#include "message_store/domain/webhook_config.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <charconv>
#include <set>

#include "common/base/encoding.hpp"
#include "message_store/domain/event_json.hpp"

namespace confab::message_store {
namespace {

namespace json = boost::json;

// Numbers of kinds are small; one that is none has no name.
constexpr std::int16_t kMostKinds = 64;
constexpr std::size_t kLeastKeyBytes = 24;
constexpr std::size_t kMostKeyBytes = 64;
constexpr std::string_view kSecretPrefix = "whsec_";

Error bad(std::string message) { return {ErrorCode::invalid_argument, std::move(message)}; }

std::optional<EntryKind> kind_named(std::string_view name) {
  for (std::int16_t number = 1; number <= kMostKinds; ++number) {
    const auto kind = static_cast<EntryKind>(number);
    if (event_name(kind) == name && name != event_name(EntryKind{})) return kind;
  }
  return std::nullopt;
}

bool is_good_name(std::string_view name) {
  return !name.empty() && name.size() <= 40 &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_") == std::string_view::npos;
}

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" ||
         (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos);
}

/// The bytes of "whsec_<base64>" or "<base64>".
std::optional<std::string> key_of(std::string_view secret) {
  if (secret.starts_with(kSecretPrefix)) secret.remove_prefix(kSecretPrefix.size());
  std::string text(secret);
  while (text.ends_with('=')) text.pop_back();
  for (auto& letter : text) {
    if (letter == '+') letter = '-';
    if (letter == '/') letter = '_';
  }
  auto key = base64url_decode(text);
  if (!key || key->size() < kLeastKeyBytes || key->size() > kMostKeyBytes) return std::nullopt;
  return key;
}

/// One item of the list. Each function reads one key, and says what is wrong with it.
class Reader {
 public:
  Reader(const json::object& item, const ReadFile& read_file)
      : item_(item), read_file_(read_file) {}

  [[nodiscard]] Result<WebhookEndpoint> read() {
    for (const auto& member : item_) {
      if (kKeys.count(member.key()) == 0) {
        return bad("has an unknown key \"" + std::string(member.key()) + "\"");
      }
    }
    if (!is_good_name(text("name"))) return bad("needs a name of a-z, 0-9, - and _");
    endpoint_.name = text("name");
    endpoint_.ca_file = text("ca_file");
    for (const auto part : {&Reader::read_url, &Reader::read_keys, &Reader::read_kinds,
                            &Reader::read_rooms, &Reader::read_rest}) {
      if (const auto good = (this->*part)(); !good) return good.error();
    }
    return std::move(endpoint_);
  }

 private:
  static inline const std::set<std::string_view> kKeys = {
      "name",           "url",     "secret",    "secret_file", "events", "rooms", "from",
      "allow_insecure", "ca_file", "in_flight", "timeout_ms"};

  /// Empty when it is not there or no string.
  [[nodiscard]] std::string text(std::string_view key) const {
    const auto* value = item_.if_contains(key);
    const auto* found = value == nullptr ? nullptr : value->if_string();
    return found == nullptr ? std::string() : std::string(found->data(), found->size());
  }

  /// Calls `take(text)` for each string of a list, if there is one. False when it is not such.
  template <typename Take>
  bool each(std::string_view key, Take take) const {
    const auto* value = item_.if_contains(key);
    if (value == nullptr) return true;
    if (!value->is_array()) return false;
    for (const auto& one : value->get_array()) {
      if (!one.is_string() || !take(std::string(one.get_string()))) return false;
    }
    return true;
  }

  /// False when it is no number between the two.
  template <typename Number>
  bool number(std::string_view key, std::int64_t least, std::int64_t most, Number& out) const {
    const auto* value = item_.if_contains(key);
    if (value == nullptr) return true;
    if (!value->is_int64() || value->get_int64() < least || value->get_int64() > most) return false;
    out = static_cast<Number>(value->get_int64());
    return true;
  }

  Result<> read_url() {
    auto url = parse_webhook_url(text("url"));
    if (!url) return url.error();
    const auto* insecure = item_.if_contains("allow_insecure");
    if (insecure != nullptr && !insecure->is_bool()) return bad("allow_insecure is no boolean");
    const bool allowed = insecure != nullptr && insecure->get_bool();
    if (!url->tls && !allowed && !is_loopback(url->host)) {
      return bad("has an http URL to another machine; use https, or set allow_insecure");
    }
    endpoint_.url = std::move(*url);
    return {};
  }

  Result<> read_keys() {
    const auto path = text("secret_file");
    auto lines = text("secret");
    if (path.empty() == lines.empty()) return bad("needs a secret or a secret_file");
    if (!path.empty()) {
      const auto content = read_file_(path);
      if (!content) return bad("has a secret_file that cannot be read: " + path);
      lines = *content;
    }
    while (!lines.empty()) {
      const auto end = lines.find_first_of(" \t\r\n");
      const auto line = lines.substr(0, end);
      lines = end == std::string::npos ? "" : lines.substr(end + 1);
      if (line.empty()) continue;
      auto key = key_of(line);
      if (!key) return bad("has a secret that is not base64 of 24 to 64 bytes");
      endpoint_.keys.push_back(std::move(*key));
    }
    if (endpoint_.keys.empty() || endpoint_.keys.size() > 3) {
      return bad("needs one secret, at most three");
    }
    return {};
  }

  Result<> read_kinds() {
    std::string unknown;
    const bool good = each("events", [&](const std::string& name) {
      const auto kind = kind_named(name);
      if (kind) {
        endpoint_.kinds.push_back(*kind);
      } else {
        unknown = name;
      }
      return kind.has_value();
    });
    if (!unknown.empty()) return bad("wants the unknown event \"" + unknown + "\"");
    if (!good) return bad("has events that are no list of names");
    return {};
  }

  Result<> read_rooms() {
    const bool good = each("rooms", [&](std::string gid) {
      endpoint_.rooms.push_back(std::move(gid));
      return endpoint_.rooms.size() <= kMostWebhookRooms;
    });
    if (!good) return bad("has rooms that are no list of at most 1000 gids");
    std::sort(endpoint_.rooms.begin(), endpoint_.rooms.end());
    return {};
  }

  Result<> read_rest() {
    const auto from = text("from");
    if (item_.if_contains("from") != nullptr && from != "now" && from != "start") {
      return bad("has a from that is neither \"now\" nor \"start\"");
    }
    endpoint_.from_start = from == "start";
    if (!number("in_flight", 1, 32, endpoint_.in_flight)) return bad("needs in_flight of 1 to 32");
    std::int64_t timeout = endpoint_.timeout.count();
    if (!number("timeout_ms", 100, 60'000, timeout)) return bad("needs timeout_ms of 100 to 60000");
    endpoint_.timeout = std::chrono::milliseconds(timeout);
    return {};
  }

  const json::object& item_;
  const ReadFile& read_file_;
  WebhookEndpoint endpoint_;
};

}  // namespace

Result<WebhookUrl> parse_webhook_url(const std::string& url) {
  const auto wrong = bad("needs a url such as https://host:port/path, without user or fragment");
  for (const char letter : url) {
    if (letter <= ' ' || letter == 0x7F || letter == '#') return wrong;
  }
  WebhookUrl out;
  out.tls = url.starts_with("https://");
  if (!out.tls && !url.starts_with("http://")) return wrong;
  const auto begin = url.find("//") + 2;
  const auto slash = url.find_first_of("/?", begin);
  auto authority = url.substr(begin, slash == std::string::npos ? slash : slash - begin);
  out.target = slash == std::string::npos ? "/" : url.substr(slash);
  if (out.target.front() == '?') out.target.insert(0, "/");
  if (authority.find('@') != std::string::npos) return wrong;
  const auto bracket = authority.find(']');
  const auto colon = authority.find(':', bracket == std::string::npos ? 0 : bracket);
  out.port = out.tls ? "443" : "80";
  if (colon != std::string::npos) {
    out.port = authority.substr(colon + 1);
    authority.resize(colon);
    std::uint16_t number = 0;
    const auto* end = out.port.data() + out.port.size();
    const auto [stop, error] = std::from_chars(out.port.data(), end, number);
    if (error != std::errc() || stop != end || number == 0) return wrong;
  }
  if (authority.starts_with('[') && authority.ends_with(']')) {
    authority = authority.substr(1, authority.size() - 2);
  } else if (bracket != std::string::npos) {
    return wrong;
  }
  if (authority.empty()) return wrong;
  out.host = std::move(authority);
  return out;
}

Result<std::vector<WebhookEndpoint>> parse_webhooks(const std::string& text,
                                                    const ReadFile& read_file) {
  std::vector<WebhookEndpoint> endpoints;
  if (text.find_first_not_of(" \t\r\n") == std::string::npos) return endpoints;
  boost::system::error_code error;
  const auto list = json::parse(text, error);
  if (error || !list.is_array()) return bad("--webhooks is no JSON list of objects");
  if (list.get_array().size() > kMostWebhooks)
    return bad("--webhooks lists more than 16 endpoints");
  std::set<std::string> names;
  for (const auto& item : list.get_array()) {
    if (!item.is_object()) return bad("--webhooks is no JSON list of objects");
    auto endpoint = Reader(item.get_object(), read_file).read();
    if (!endpoint) {
      return bad("--webhooks: endpoint " + std::to_string(endpoints.size() + 1) + " " +
                 endpoint.error().message);
    }
    if (!names.insert(endpoint->name).second) {
      return bad("--webhooks: two endpoints are named " + endpoint->name);
    }
    endpoints.push_back(std::move(*endpoint));
  }
  return endpoints;
}

}  // namespace confab::message_store

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::message_store {
namespace {

// 24 and 32 bytes.
constexpr auto kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr auto kOther = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

Result<std::vector<WebhookEndpoint>> parse(const std::string& text) {
  return parse_webhooks(text, [](const std::string& path) -> std::optional<std::string> {
    if (path != "/secrets/crm") return std::nullopt;
    return std::string(kOther) + "\n" + kSecret + "\n";
  });
}

/// What is said about an endpoint with these keys besides name, URL and secret.
std::string complaint(const std::string& more, const std::string& url = "https://example.com/x") {
  const auto parsed =
      parse(R"([{"name":"crm","url":")" + url + R"(","secret":")" + kSecret + "\"" + more + "}]");
  return parsed ? "" : parsed.error().message;
}

TEST(WebhookConfig, ReadsEveryKey) {
  const auto parsed = parse(
      R"([{"name":"crm","url":"https://crm.example.com:8443/hook?x=1","secret_file":"/secrets/crm",
           "events":["message","member.left"],"rooms":["wjLJb3Jo","abc"],"from":"start",
           "ca_file":"/ca.pem","in_flight":2,"timeout_ms":5000},
          {"name":"log","url":"http://127.0.0.1:9000","secret":"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}])");
  ASSERT_TRUE(parsed) << parsed.error().message;
  ASSERT_EQ(parsed->size(), 2U);
  const auto& crm = parsed->front();
  EXPECT_EQ(crm.name, "crm");
  EXPECT_TRUE(crm.url.tls);
  EXPECT_EQ(crm.url.host, "crm.example.com");
  EXPECT_EQ(crm.url.port, "8443");
  EXPECT_EQ(crm.url.target, "/hook?x=1");
  ASSERT_EQ(crm.keys.size(), 2U);
  EXPECT_EQ(crm.keys[0].size(), 32U);
  EXPECT_EQ(crm.keys[1].size(), 24U);
  EXPECT_TRUE(crm.wants_kind(EntryKind::member_left));
  EXPECT_FALSE(crm.wants_kind(EntryKind::member_joined));
  EXPECT_TRUE(crm.wants_room("wjLJb3Jo"));
  EXPECT_TRUE(crm.wants_room("abc"));
  EXPECT_FALSE(crm.wants_room("other"));
  EXPECT_TRUE(crm.from_start);
  EXPECT_EQ(crm.in_flight, 2U);
  EXPECT_EQ(crm.timeout, std::chrono::seconds(5));
  const auto& log = parsed->back();
  EXPECT_FALSE(log.url.tls);
  EXPECT_EQ(log.url.target, "/");
  EXPECT_FALSE(log.from_start);
  EXPECT_TRUE(log.wants_kind(EntryKind::member_joined));
  EXPECT_TRUE(log.wants_room("any"));
}

TEST(WebhookConfig, NothingIsNoEndpoint) { EXPECT_TRUE(parse(" \n")->empty()); }

TEST(WebhookConfig, NamesWhatIsWrongButNeverTheSecret) {
  const std::string known = complaint(R"(,"secret":"c2hvcnQ=")");
  EXPECT_NE(known.find("endpoint 1 has a secret that is not base64"), std::string::npos) << known;
  EXPECT_EQ(known.find("c2hvcnQ"), std::string::npos);
  EXPECT_NE(complaint(R"(,"event":[])").find("unknown key \"event\""), std::string::npos);
  EXPECT_NE(complaint(R"(,"events":["massage"])").find("\"massage\""), std::string::npos);
  EXPECT_NE(complaint(R"(,"events":"message")"), "");
  EXPECT_NE(complaint(R"(,"events":["unknown"])"), "");
  EXPECT_NE(complaint(R"(,"rooms":[1])"), "");
  EXPECT_NE(complaint(R"(,"from":"yesterday")"), "");
  EXPECT_NE(complaint(R"(,"in_flight":0)"), "");
  EXPECT_NE(complaint(R"(,"timeout_ms":"5")"), "");
  EXPECT_NE(complaint(R"(,"secret_file":"/secrets/none","secret":"")").find("/secrets/none"),
            std::string::npos);
  EXPECT_NE(complaint(R"(,"name":"No spaces")"), "");
  EXPECT_FALSE(parse("{}"));
  EXPECT_FALSE(parse("[1]"));
  EXPECT_FALSE(parse("[{"));
}

TEST(WebhookConfig, PlainHttpIsForLoopbackUnlessAllowed) {
  EXPECT_EQ(complaint("", "http://localhost/x"), "");
  EXPECT_EQ(complaint("", "http://[::1]:80/x"), "");
  EXPECT_NE(complaint("", "http://10.0.0.1/x"), "");
  EXPECT_NE(complaint("", "http://127.example.com/x"), "");
  EXPECT_EQ(complaint(R"(,"allow_insecure":true)", "http://10.0.0.1/x"), "");
}

TEST(WebhookConfig, RefusesUrlsThatAreNone) {
  for (const auto* url : {"", "ftp://a/", "https://", "https:///x", "https://user:pw@a/",
                          "https://a:0/", "https://a:65536/", "https://a:x/", "https://a/#f",
                          "https://a b/", "https://[::1/", "a.example.com"}) {
    EXPECT_FALSE(parse_webhook_url(url)) << url;
  }
  EXPECT_EQ(parse_webhook_url("https://a?x")->target, "/?x");
  EXPECT_EQ(parse_webhook_url("https://[::1]/")->host, "::1");
}

TEST(WebhookConfig, RefusesTwoEndpointsOfOneName) {
  const auto one = std::string(R"({"name":"a","url":"https://a","secret":")") + kSecret + "\"}";
  EXPECT_TRUE(parse("[" + one + "]"));
  EXPECT_FALSE(parse("[" + one + "," + one + "]"));
}

}  // namespace
}  // namespace confab::message_store
#endif
