#include "common/runtime/memory.hpp"

#include <malloc.h>

namespace confab::runtime {

void share_arenas() { mallopt(M_ARENA_MAX, 2); }

void give_back_free_memory() { malloc_trim(0); }

}  // namespace confab::runtime
