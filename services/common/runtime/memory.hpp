#pragma once

#include <cstddef>
#include <string>

namespace confab::runtime {

/// Keeps what the allocator holds in reserve small: by default each thread gets tens of megabytes
/// of addresses of its own, and touches pages in all of them. For programs with so many threads
/// that work hard; before any other is started.
void share_arenas(std::size_t working_threads = 1);

/// Gives free pages back to the system: after many connections have come or gone. Takes a
/// millisecond or so for each 10 MB of heap, during which other threads wait to allocate; so of
/// several event loops that ask for it at once, or within 80 ms after it, one does it.
void give_back_free_memory();

/// Bytes of memory that the process has in use; 0 when the system does not tell.
[[nodiscard]] std::size_t resident_bytes();

/// Bytes that the process's control group and those around it (versions 2 and 1) may use; 0 when
/// there is no limit. `root` is where the system shows itself, "" but in tests.
[[nodiscard]] std::size_t control_group_limit(const std::string& root = "");

}  // namespace confab::runtime
