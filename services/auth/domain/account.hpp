#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace confab::auth {

using Time = std::chrono::system_clock::time_point;

/// What everybody may know of an account.
struct User {
  std::int64_t id = 0;  ///< Given by the store, never reused.
  std::string uuid;     ///< Canonical text form.
  std::string username;
  std::string name;

  friend bool operator==(const User&, const User&) = default;
};

/// A user with a new name.
struct Renamed {
  User user;
  std::int64_t version = 0;  ///< Higher than that of each rename of the user before.
};

struct NewUser {
  std::string uuid;
  std::string username;
  std::string username_key;  ///< username_key(username): what makes it unique.
  std::string name;
  std::string password_hash;
};

/// What a login is checked against.
struct Credentials {
  User user;
  std::string password_hash;
};

struct NewSession {
  std::string id;               ///< UUID in text form; the "sid" of its access tokens.
  std::string family_digest;    ///< 32 bytes, unique: see RefreshToken.
  std::string rotation_digest;  ///< 32 bytes.
  Time created_at;
  Time expires_at;  ///< When the refresh token stops working.
};

}  // namespace confab::auth
