#pragma once

#include <optional>

#include "gateway/domain/recent_entries.hpp"

namespace confab::gateway {

/// The folded page of the log that ends at `head` with `recent`. Nothing when part of it is not
/// kept, or one of its messages was changed: then the store is to be asked.
[[nodiscard]] std::optional<LogPage> folded_page(const RecentEntries& recent, const Position& head,
                                                 const LogRange& range);

}  // namespace confab::gateway
