#include "common/base/random.hpp"

#include <sys/random.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace confab {

std::uint64_t Random::u64() {
  std::uint64_t value = 0;
  std::memcpy(&value, bytes(sizeof value).data(), sizeof value);
  return value;
}

std::string SystemRandom::bytes(std::size_t count) {
  std::string out(count, '\0');
  std::size_t filled = 0;
  while (filled < count) {
    const auto got = getrandom(out.data() + filled, count - filled, 0);
    if (got > 0) {
      filled += static_cast<std::size_t>(got);
    } else if (errno != EINTR) {
      std::abort();  // A kernel without randomness cannot hold secrets.
    }
  }
  return out;
}

}  // namespace confab
