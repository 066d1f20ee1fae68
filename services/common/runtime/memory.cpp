#include "common/runtime/memory.hpp"

#include <malloc.h>

namespace confab::runtime {

void share_arenas(std::size_t working_threads) {
  mallopt(M_ARENA_MAX, static_cast<int>(working_threads) + 1);
}

void give_back_free_memory() { malloc_trim(0); }

}  // namespace confab::runtime
