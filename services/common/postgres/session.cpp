#include "common/postgres/session.hpp"

#include <poll.h>

namespace confab::postgres {
namespace {

/// Nothing was done and trying again may help: by SQLSTATE class. 08 connection, 40 rollback,
/// 53 resources (also disk full, too many connections), 55 lock not available, 57 shutdown and
/// cancelled by timeout; 25P03, the program did nothing within a transaction for too long.
bool is_passing(std::string_view sqlstate) {
  const auto group = sqlstate.substr(0, 2);
  if (sqlstate == "25P03") return true;
  return group == "08" || group == "40" || group == "53" || group == "55" || group == "57";
}

}  // namespace

std::string connection_url(const PoolOptions& options) {
  // Options given here win over those in the URL, except the URL's own address and credentials.
  // A server that is gone without a word is noticed within about ten seconds: by what it does not
  // confirm while there is something to send, by keepalives while its answer is awaited.
  return options.url + (options.url.find('?') == std::string::npos ? "?" : "&") +
         "connect_timeout=3&tcp_user_timeout=10000&keepalives=1&keepalives_idle=5"
         "&keepalives_interval=2&keepalives_count=3&application_name=" +
         options.application_name;
}

std::string session_setup(const PoolOptions& options) {
  // Statements here take milliseconds; compiling one takes a hundred. The server notices as soon as
  // the program does (connection_url) that the other end is gone, and what a program has locked
  // that does nothing, or whose machine is frozen, does not stay locked.
  return "SET client_min_messages = warning; SET timezone = 'UTC'; SET jit = off; "
         "SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; "
         "SET tcp_keepalives_count = 3; SET tcp_user_timeout = 10000; "
         "SET statement_timeout = " +
         std::to_string(options.statement_timeout.count()) +
         "; SET lock_timeout = " + std::to_string(options.lock_timeout.count()) +
         "; SET idle_in_transaction_session_timeout = '10s'";
}

Error refused(std::string_view sqlstate, std::string_view why) {
  if (is_passing(sqlstate)) return {ErrorCode::unavailable, "PostgreSQL: " + std::string(why)};
  return {ErrorCode::internal, "PostgreSQL " + std::string(sqlstate) + ": " + std::string(why)};
}

Error unreachable(std::string_view why) {
  // libpq's words: they name host, role and database, never the password.
  return {ErrorCode::unavailable,
          "PostgreSQL cannot be reached: " + std::string(why.substr(0, why.find('\n')))};
}

Error lost_while_waiting() {
  return {ErrorCode::unknown_outcome, "the connection to PostgreSQL was lost before it answered"};
}

/// Then, and only then, there is something to read. Without this every connection would fail once
/// after a restart of the server.
bool was_cut(int socket) {
  pollfd polled{socket, POLLIN, 0};
  return poll(&polled, 1, 0) > 0;
}

}  // namespace confab::postgres
