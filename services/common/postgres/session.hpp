#pragma once

#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "common/postgres/pool.hpp"

namespace confab::postgres {

/// What Pool and Statement do alike: how a session begins, and what its errors mean.

/// The URL with what every connection of the program has in common.
[[nodiscard]] std::string connection_url(const PoolOptions& options);
/// Statements that begin a session.
[[nodiscard]] std::string session_setup(const PoolOptions& options);

/// Of a statement that PostgreSQL refused: unavailable when it may work later, else internal.
[[nodiscard]] Error refused(std::string_view sqlstate, std::string_view why);
[[nodiscard]] Error unreachable(std::string_view why);
[[nodiscard]] Error lost_while_waiting();

/// Whether the server has closed the connection while nobody used it.
[[nodiscard]] bool was_cut(int socket);

}  // namespace confab::postgres
