#pragma once

#include <cstdint>
#include <pqxx/pqxx>
#include <string>

#include "auth/domain/account.hpp"

namespace confab::auth {

/// Times travel as whole microseconds since 1970, which neither side rounds.
[[nodiscard]] inline std::int64_t microseconds(Time time) {
  return std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
}
[[nodiscard]] inline Time time_from(std::int64_t microseconds) {
  return Time(std::chrono::duration_cast<Time::duration>(std::chrono::microseconds(microseconds)));
}

[[nodiscard]] inline pqxx::binarystring bytea(const std::string& bytes) {
  return {bytes.data(), bytes.size()};
}
/// From the columns id, uuid, username, name.
[[nodiscard]] inline User user_from(const pqxx::row& row) {
  return {row[0].as<std::int64_t>(), row[1].c_str(), row[2].c_str(), row[3].c_str()};
}

[[nodiscard]] inline std::string bytes_of(const pqxx::field& field) {
  return pqxx::binarystring(field).str();
}

}  // namespace confab::auth
