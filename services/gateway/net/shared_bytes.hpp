#pragma once

#include <memory>
#include <string>

namespace confab::gateway {

/// Bytes shared by all who send them.
using SharedBytes = std::shared_ptr<const std::string>;

}  // namespace confab::gateway
