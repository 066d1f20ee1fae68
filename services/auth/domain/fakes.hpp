#pragma once

#include <cstring>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "auth/domain/audit_trail.hpp"
#include "auth/domain/password_hasher.hpp"
#include "auth/domain/token_issuer.hpp"
#include "common/base/clock.hpp"
#include "common/base/random.hpp"

// What tests stand on instead of time, chance and cryptography. Not part of any program.
namespace confab::auth {

struct FakeClock final : Clock {
  Time time{std::chrono::seconds(1'700'000'000)};

  void advance(std::chrono::milliseconds by) { time += by; }
  [[nodiscard]] Time now() const override { return time; }
};

/// Never the same bytes twice, the same in every run.
struct FakeRandom final : Random {
  std::uint64_t count = 0;

  [[nodiscard]] std::string bytes(std::size_t size) override {
    std::string out;
    for (++count; out.size() < size; ++count) {
      for (auto mixed = count * 0x9E3779B97F4A7C15; mixed != 0 && out.size() < size; mixed >>= 8) {
        out += static_cast<char>(mixed & 0xFF);
      }
    }
    return out;
  }
};

/// A "hash" is the cost, a colon and the password.
struct FakeHasher final : PasswordHasher {
  std::string cost = "1";
  std::vector<std::string> verified;  ///< The hashes, in order.
  int hashed = 0;                     ///< How often hash() was called.
  std::string no_password = "decoy";
  std::function<void()> meanwhile;  ///< What happens while the next verify() is at work.

  [[nodiscard]] Result<std::string> hash(std::string_view password) override {
    ++hashed;
    return cost + ":" + std::string(password);
  }
  [[nodiscard]] Result<bool> verify(const std::string& hash, std::string_view password) override {
    verified.push_back(hash);
    if (const auto happens = std::exchange(meanwhile, nullptr)) happens();
    return hash.substr(hash.find(':') + 1) == password;
  }
  [[nodiscard]] bool needs_rehash(const std::string& hash) const override {
    return !hash.starts_with(cost + ":");
  }
  [[nodiscard]] bool can_verify(const std::string& hash) const override {
    return hash.find(':') != hash.npos;
  }
  [[nodiscard]] const std::string& decoy() const override { return no_password; }
};

struct FakeTokenIssuer final : TokenIssuer {
  [[nodiscard]] std::string access_token(const User& user, const std::string& session_id,
                                         Time /*now*/, Time /*expires_at*/) const override {
    return user.username + "/" + session_id;
  }
  [[nodiscard]] std::string digest(std::string_view secret) const override {
    // As long as a real one, and hardly ever the same for two secrets.
    std::string out(32, '\0');
    for (std::size_t i = 0; i < out.size(); i += sizeof(std::size_t)) {
      const auto part = std::hash<std::string>()(std::to_string(i) + std::string(secret));
      std::memcpy(&out[i], &part, sizeof part);
    }
    return out;
  }
  [[nodiscard]] std::string key_set() const override { return "{}"; }
  [[nodiscard]] std::vector<std::string> resume_keys() const override { return {}; }
};

/// One line an event.
struct RecordedAuditTrail final : AuditTrail {
  std::vector<std::string> events;

  void registered(const Result<std::int64_t>& user_id) override {
    events.push_back("registered " + (user_id ? std::to_string(*user_id) : name(user_id.error())));
  }
  void provisioned(std::size_t made, std::size_t found) override {
    events.push_back("provisioned " + std::to_string(made) + "+" + std::to_string(found));
  }
  void login(std::int64_t user_id, const std::optional<Error>& refused) override {
    events.push_back("login " + std::to_string(user_id) + (refused ? " " + name(*refused) : ""));
  }
  void refresh(const Result<RotatedSession>& rotation) override {
    if (!rotation) return events.push_back("refresh failed 0");
    const auto* what = rotation->outcome == RotationOutcome::rotated    ? "rotated"
                       : rotation->outcome == RotationOutcome::repeated ? "repeated"
                       : rotation->outcome == RotationOutcome::reused   ? "reused"
                                                                        : "unknown";
    events.push_back("refresh " + std::string(what) + " " + std::to_string(rotation->user.id));
  }
  void logged_out(const std::string& session_id) override {
    events.push_back("logout " + session_id);
  }
  void rehashed(std::int64_t user_id, const Result<>& done) override {
    events.push_back("rehashed " + std::to_string(user_id) +
                     (done ? "" : " " + name(done.error())));
  }

  void renamed(std::int64_t user_id) override {
    events.push_back("renamed " + std::to_string(user_id));
  }
  void password_changed(std::int64_t user_id, const std::optional<Error>& refused,
                        std::size_t ended) override {
    events.push_back("password " + std::to_string(user_id) + " " +
                     (refused ? name(*refused) : std::to_string(ended)));
  }
  void erased(std::int64_t user_id, std::size_t ended) override {
    events.push_back("erased " + std::to_string(user_id) + " " + std::to_string(ended));
  }

  static std::string name(const Error& error) { return std::string(error_traits(error.code).name); }
};

}  // namespace confab::auth
