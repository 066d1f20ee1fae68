#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace confab::postgres {

/// A bigint in its binary form, for a parameter of a Statement.
class BigintParameter {
 public:
  explicit BigintParameter(std::int64_t value);
  [[nodiscard]] std::string_view bytes() const { return {bytes_.data(), bytes_.size()}; }

 private:
  std::array<char, 8> bytes_{};
};

/// A PostgreSQL array in its binary form, for a parameter of a Statement.
class ArrayParameter {
 public:
  enum class Type : std::uint32_t { int8 = 20, int4 = 23, text = 25, uuid = 2950 };

  explicit ArrayParameter(Type type);

  void reserve(std::size_t bytes) { bytes_.reserve(bytes); }
  void add(std::int64_t item);  ///< Of an array of int8.
  void add(std::int32_t item);  ///< Of an array of int4.
  void add(std::string_view item);

  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  void begin_item(std::size_t bytes);

  std::string bytes_;
  std::uint32_t count_ = 0;
};

/// Reads an array of one dimension from its binary form, item by item.
class ArrayReader {
 public:
  /// `bytes` outlives the reader. An empty string reads as an empty array.
  explicit ArrayReader(std::string_view bytes);

  [[nodiscard]] std::size_t left() const { return left_; }
  /// The next item; nothing for NULL. Only while some are left.
  [[nodiscard]] std::optional<std::string_view> next();

 private:
  std::string_view bytes_;
  std::size_t left_ = 0;
};

/// An integer of 1 to 8 bytes, or 0.
[[nodiscard]] std::int64_t to_integer(std::optional<std::string_view> bytes);

/// A timestamptz as milliseconds since 1970, rounded as PostgreSQL rounds.
[[nodiscard]] std::int64_t to_unix_ms(std::optional<std::string_view> bytes);

}  // namespace confab::postgres
