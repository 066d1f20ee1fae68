#pragma once

#include <string>

#include "ctl/domain/seeder.hpp"

namespace confab::ctl {

/// A file that only its owner may read and that is there whole or not at all: written beside its
/// place, then moved there.
class TokenFile {
 public:
  /// Begins to write, so that a place that cannot be written is known before anything is made.
  /// invalid_argument that says why not.
  [[nodiscard]] static Result<TokenFile> open(const std::string& path);
  TokenFile(TokenFile&& other) noexcept;
  TokenFile& operator=(TokenFile&&) = delete;
  /// Leaves nothing behind unless save() succeeded.
  ~TokenFile();

  /// internal when the disk is full or the like.
  [[nodiscard]] Result<> save(const Seeded& seeded);

 private:
  TokenFile(std::string path, std::string draft)
      : path_(std::move(path)), draft_(std::move(draft)) {}

  std::string path_;
  std::string draft_;  // Empty once it was moved.
};

}  // namespace confab::ctl
