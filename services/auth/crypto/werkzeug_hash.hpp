#pragma once

#include <string>
#include <string_view>

#include "common/base/result.hpp"

namespace confab::auth {

/// Hashes as Werkzeug (Flask) writes them: "scrypt:N:r:p$salt$hex" and
/// "pbkdf2:sha256:iterations$salt$hex", also with sha1 and sha512. Accounts that were moved here
/// have them until their users log in once. Verifying costs up to a second and 64 MiB.

/// Whether it is one, at a cost that can be paid.
[[nodiscard]] bool is_werkzeug_hash(std::string_view hash);

/// Of one that is_werkzeug_hash(). overloaded when there is no memory.
[[nodiscard]] Result<bool> verify_werkzeug(std::string_view hash, std::string_view password);

}  // namespace confab::auth
