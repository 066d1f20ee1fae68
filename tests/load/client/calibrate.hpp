#pragma once

#include <string>

namespace confab::load {

/// What one small send() to a socket whose reader sleeps costs on this machine now, in CPU time of
/// the sender: the unit U of the figures. As JSON fields.
[[nodiscard]] std::string calibrate(double seconds, std::size_t sockets, std::size_t bytes);

/// Inserts `batch` rows a transaction into a plain table for `seconds`, in the way PostgreSQL likes
/// best: one prepared INSERT … SELECT FROM unnest. Tells "begin" and "end" on standard output.
/// Returns JSON fields; throws std::runtime_error.
[[nodiscard]] std::string raw_insert(const std::string& database_url, double seconds,
                                     std::size_t batch, std::size_t bytes);

}  // namespace confab::load
