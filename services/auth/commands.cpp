#include "auth/commands.hpp"

namespace confab::auth {
namespace {

/// More than sign up between a backup and its loss. And by chance, so that a second restore of the
/// same backup does not come to the ids that were given after the first.
constexpr std::int64_t kLeastSkipped = 1'000'000;
constexpr std::uint64_t kRandomlySkipped = 100'000'000;

}  // namespace

int rotate_key(runtime::Process& process, KeyRing& keys) {
  const auto kid = keys.rotate();
  if (!kid) return process.refuse(kid.error());
  process.log().info("signing_key_added",
                     {{"kid", *kid}, {"signs_in_s", KeyRing::kActivation.count()}});
  return 0;
}

int skip_ids(runtime::Process& process, Random& random,
             const std::function<Result<std::int64_t>(std::int64_t)>& skip) {
  const auto count = kLeastSkipped + static_cast<std::int64_t>(random.u64() % kRandomlySkipped);
  const auto last = skip(count);
  if (!last) return process.refuse(last.error());
  process.log().info("user_ids_skipped", {{"count", count}, {"last", *last}});
  return 0;
}

}  // namespace confab::auth
