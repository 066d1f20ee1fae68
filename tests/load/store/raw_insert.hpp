#pragma once

#include <chrono>
#include <string>

namespace confab::load {

/// What the plainest durable insert costs PostgreSQL here and now, a row: one prepared INSERT of 50
/// rows from binary arrays into a table like chat.entries, with its two unique indexes, over
/// `rooms` rooms, for `time`.
[[nodiscard]] double raw_insert_us_per_row(const std::string& url, std::size_t rooms,
                                           std::size_t text_bytes, std::chrono::seconds time);

}  // namespace confab::load
