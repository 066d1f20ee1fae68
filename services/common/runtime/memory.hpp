#pragma once

#include <cstddef>

namespace confab::runtime {

/// Keeps what the allocator holds in reserve small: by default each thread gets tens of megabytes
/// of addresses of its own, and touches pages in all of them. For programs with so many threads
/// that work hard; before any other is started.
void share_arenas(std::size_t working_threads = 1);

/// Gives free pages back to the system: after many connections have come or gone. Takes a
/// millisecond or so for each 10 MB of heap, during which other threads wait to allocate.
void give_back_free_memory();

}  // namespace confab::runtime
