#pragma once

// Steps on the way of a message at which a laboratory can have a process die, stand still or fail.
// In programs built for it alone (confab_failpoint_program in deploy/cmake/ConfabTargets.cmake,
// which defines CONFAB_FAILPOINTS for the sources that have steps); in all others nothing of it is
// there.

namespace confab::failpoint {

enum class Step {
  frame_read,     ///< The gateway has a client's message.
  admitted,       ///< Its limits allow it.
  sent_to_store,  ///< It was written to the message-store. Fails: the stream breaks.
  queued,         ///< The message-store has it in its room's lane.
  before_commit,  ///< About to be given to PostgreSQL. Fails: nothing is done.
  in_commit,      ///< PostgreSQL has the transaction, and has not answered.
  committed,      ///< PostgreSQL has answered. Fails: the answer is lost.
  published,      ///< About to be published (fails: it is not), or it was.
  answered,       ///< The result was given to the stream to the gateway.
  ack_queued,     ///< The gateway has given the answer to the client's connection.
  ack_written,    ///< Something was written to a client. Fails: the connection breaks.
};

#ifdef CONFAB_FAILPOINTS
/// Does what CONFAB_FAILPOINTS in the environment says of the step, e.g. "committed=crash@37"
/// (once, when it is reached for the 37th time) or "published=error/10,queued=stop/50" (each 10th
/// and 50th time): "crash" kills the process, "stop" halts it until somebody sends SIGCONT, "hang"
/// halts the thread for good. True for "error". Any thread. (common/runtime/failpoints.cpp)
[[nodiscard]] bool fails(Step step);
#else
[[nodiscard]] constexpr bool fails(Step /*step*/) { return false; }
#endif

/// The same where nothing can fail.
inline void reach(Step step) { static_cast<void>(fails(step)); }

}  // namespace confab::failpoint
