#pragma once

#include <string>

#include "common/base/result.hpp"

namespace confab::message_store {

/// What a message carries beside its text, as a JSON object of at most 8 levels: `image` {url,
/// width?, height?}, `video` {url, source?, length?} and `file` {url, name?, size?, type?} must be
/// of these forms, so that clients may show them as they are; URLs are http or https. Other keys,
/// also within those three, may hold anything but NUL, which PostgreSQL takes and never reads
/// again. invalid_argument naming what is wrong.
[[nodiscard]] Result<> check_attributes(const std::string& json);

}  // namespace confab::message_store
