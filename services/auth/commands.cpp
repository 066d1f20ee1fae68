#include "auth/commands.hpp"

namespace confab::auth {

int rotate_key(runtime::Process& process, KeyRing& keys) {
  const auto kid = keys.rotate();
  if (!kid) return process.refuse(kid.error());
  process.log().info("signing_key_added",
                     {{"kid", *kid}, {"signs_in_s", KeyRing::kActivation.count()}});
  return 0;
}

}  // namespace confab::auth
