#pragma once

namespace confab::postgres {

/// A scalar subquery: a time before which no row will be stamped (by clock_timestamp()) that a
/// later statement sees and one before this did not. It is the server's time, or when the oldest of
/// the transactions that are writing began: a commit may wait for a standby for as long as the
/// standby is away, and only then do others see what it has stamped. Whoever lists what has changed
/// takes this for the place to go on from, and begins a little before it, because a statement may
/// stamp a moment before it counts as writing.
///
/// Transactions of other roles count where the role may see them (pg_read_all_stats).
inline constexpr auto kHorizon =
    "(SELECT least(clock_timestamp(), min(a.xact_start)) FROM pg_stat_activity a "
    "WHERE a.datname = current_database() AND a.backend_xid IS NOT NULL)";

}  // namespace confab::postgres
