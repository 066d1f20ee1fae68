#include "gateway/dialects_config.hpp"

#include <algorithm>
#include <charconv>

#include "common/runtime/address.hpp"

namespace confab::gateway {
namespace {

/// "chat_backend" to "chat-backend".
std::string option_of(std::string name) {
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

Error bad(std::string what) {
  return Error{ErrorCode::invalid_argument, std::move(what) + "; see --help"};
}

}  // namespace

DialectsConfig::DialectsConfig() {
  all.push_back(
      {.name = "chat_backend",
       .insecure_what = "take the uuid alone for who a client is, as the replaced app did",
       .has_tcp = true});
  all.push_back({.name = "chat_socketio",
                 .insecure_what =
                     "make an account of whoever logs in with a username that is free, "
                     "as the replaced app did"});
  all.push_back({.name = "flask_chat"});
}

void DialectsConfig::declare(config::Options& options) {
  options.add("production", production,
              "refuse every option that makes the gateway unsafe; false for trying things out");
  std::string list;
  for (const auto& dialect : all) list += (list.empty() ? "" : ", ") + dialect.name;
  options.add("dialects", names,
              "replaced apps whose clients are served, below /compat/<name>/: " + list);
  for (auto& dialect : all) {
    const auto option = option_of(dialect.name);
    options.add(option + "-port", dialect.port,
                "a port, or ip:port, where " + dialect.name +
                    " is served at the root; on the address of listen if only a port; 0: any");
    if (dialect.has_tcp) {
      options.add(option + "-tcp-port", dialect.tcp_port,
                  "the same for its raw TCP connections; none without it");
    }
    if (!dialect.insecure_what.empty()) {
      options.add(option + "-insecure", dialect.insecure,
                  dialect.insecure_what + "; needs production=false");
    }
  }
}

const DialectsConfig::Dialect* DialectsConfig::find(std::string_view name) const {
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Dialect& one) { return one.name == name; });
  return found == all.end() ? nullptr : &*found;
}

bool DialectsConfig::is_on(std::string_view name) const {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Result<> DialectsConfig::check() const {
  for (const auto& name : names) {
    if (find(name) == nullptr) return bad("--dialects names \"" + name + "\", which there is not");
    if (std::count(names.begin(), names.end(), name) > 1) {
      return bad("--dialects names \"" + name + "\" twice");
    }
  }
  for (const auto& dialect : all) {
    const auto option = "--" + option_of(dialect.name);
    const bool is_set = !dialect.port.empty() || !dialect.tcp_port.empty() || dialect.insecure;
    if (is_set && !is_on(dialect.name)) {
      return bad(option + "-… is set, but --dialects does not name " + dialect.name);
    }
    if (dialect.insecure && production) {
      return bad(option + "-insecure is refused in production mode (--production=false ends it)");
    }
    for (const auto& port : {dialect.port, dialect.tcp_port}) {
      if (const auto good = endpoint(port, {}); !good) return good.error();
    }
  }
  return {};
}

Result<std::optional<DialectsConfig::Endpoint>> DialectsConfig::endpoint(const std::string& text,
                                                                         const Endpoint& main) {
  if (text.empty()) return std::optional<Endpoint>();
  if (text.find(':') != std::string::npos) {
    const auto parsed = runtime::parse_endpoint(text);
    if (!parsed) return parsed.error();
    return std::optional(*parsed);
  }
  std::uint16_t port = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, port);
  if (error != std::errc() || stop != end) {
    return bad("\"" + text + "\" is no port, and no ip:port");
  }
  return std::optional(Endpoint(main.address(), port));
}

}  // namespace confab::gateway

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::gateway {
namespace {

std::string verdict(const std::vector<std::string>& arguments) {
  DialectsConfig dialects;
  config::Options options("gateway");
  dialects.declare(options);
  const auto loaded = options.load({arguments, {}});
  const auto checked = loaded ? dialects.check() : Result<>(loaded.error());
  return checked ? std::string("good") : checked.error().message;
}

TEST(DialectsConfig, RefusesWhatThereIsNot) {
  EXPECT_EQ(verdict({}), "good");
  EXPECT_EQ(verdict({"--dialects=chat_backend"}), "good");
  EXPECT_NE(verdict({"--dialects=chat_backend,irc"}).find("\"irc\""), std::string::npos);
  EXPECT_NE(verdict({"--dialects=chat_backend,chat_backend"}).find("twice"), std::string::npos);
}

TEST(DialectsConfig, RefusesUnsafeOptionsInProductionMode) {
  const std::string insecure = "--chat-backend-insecure";
  EXPECT_NE(verdict({"--dialects=chat_backend", insecure}).find("production mode"),
            std::string::npos);
  EXPECT_EQ(verdict({"--dialects=chat_backend", insecure, "--production=false"}), "good");
}

TEST(DialectsConfig, RefusesSettingsOfWhatIsOff) {
  EXPECT_NE(verdict({"--chat-backend-port=8091"}).find("does not name"), std::string::npos);
  EXPECT_NE(verdict({"--chat-backend-tcp-port=2004"}).find("does not name"), std::string::npos);
}

TEST(DialectsConfig, TakesPortsWithAndWithoutAnAddress) {
  const auto main = *runtime::parse_endpoint("127.0.0.5:8080");
  const auto told = [&](const std::string& text) {
    const auto endpoint = DialectsConfig::endpoint(text, main);
    if (!endpoint) return std::string("bad");
    if (!*endpoint) return std::string("none");
    return (*endpoint)->address().to_string() + " " + std::to_string((*endpoint)->port());
  };
  EXPECT_EQ(told(""), "none");
  EXPECT_EQ(told("0"), "127.0.0.5 0");
  EXPECT_EQ(told("2004"), "127.0.0.5 2004");
  EXPECT_EQ(told("[::1]:2004"), "::1 2004");
  for (const auto* text : {"x", "-1", "70000", "2004x", "localhost:2004", ":1"}) {
    EXPECT_EQ(told(text), "bad") << text;
  }
}

}  // namespace
}  // namespace confab::gateway
#endif
