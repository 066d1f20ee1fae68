#pragma once

#include "message_store/domain/announcer.hpp"

namespace confab::message_store {

/// JSON of one page: well under what one gRPC message may hold (common/rpc/server.hpp).
inline constexpr std::size_t kMaxPageBytes = 1UL << 20;

struct RenderedPage {
  LogPage page;
  std::vector<std::string> json;  ///< One an entry.
};

/// The page with what clients are given, cut to kMaxPageBytes at its end, or at its beginning when
/// it is not `upward`: then it says `more`. Fails when people cannot be looked up.
[[nodiscard]] Result<RenderedPage> render_page(Announcer& announcer, LogPage page, bool upward);

}  // namespace confab::message_store
