#include "common/postgres/binary.hpp"

#include <cassert>

namespace confab::postgres {
namespace {

constexpr std::size_t kCountAt = 12;  // Dimensions, has-NULLs and type come before it.
constexpr std::int64_t kMsFrom1970To2000 = 946'684'800'000;

template <typename T>
void append_big_endian(std::string& out, T value) {
  for (int shift = 8 * static_cast<int>(sizeof value) - 8; shift >= 0; shift -= 8) {
    out += static_cast<char>((value >> shift) & 0xFF);
  }
}

std::string_view take(std::string_view& bytes, std::size_t count) {
  assert(bytes.size() >= count);
  const auto taken = bytes.substr(0, count);
  bytes.remove_prefix(taken.size());
  return taken;
}

}  // namespace

BigintParameter::BigintParameter(std::int64_t value) {
  for (std::size_t i = 0; i < bytes_.size(); ++i) {
    bytes_[i] = static_cast<char>((static_cast<std::uint64_t>(value) >> (56 - 8 * i)) & 0xFF);
  }
}

ArrayParameter::ArrayParameter(Type type) {
  const auto element = static_cast<std::uint32_t>(type);
  for (const std::uint32_t word : {1U, 0U, element, 0U, 1U}) append_big_endian(bytes_, word);
}

void ArrayParameter::begin_item(std::size_t bytes) {
  ++count_;
  for (std::size_t i = 0; i < 4; ++i) {
    bytes_[kCountAt + i] = static_cast<char>((count_ >> (24 - 8 * i)) & 0xFF);
  }
  append_big_endian(bytes_, static_cast<std::uint32_t>(bytes));
}

void ArrayParameter::add(std::int64_t item) {
  begin_item(sizeof item);
  append_big_endian(bytes_, static_cast<std::uint64_t>(item));
}

void ArrayParameter::add(std::int32_t item) {
  begin_item(sizeof item);
  append_big_endian(bytes_, static_cast<std::uint32_t>(item));
}

void ArrayParameter::add(std::string_view item) {
  begin_item(item.size());
  bytes_ += item;
}

ArrayReader::ArrayReader(std::string_view bytes) : bytes_(bytes) {
  if (bytes.empty()) return;
  const auto dimensions = to_integer(take(bytes_, 4));
  take(bytes_, 8);
  if (dimensions == 0) return;
  left_ = static_cast<std::size_t>(to_integer(take(bytes_, 4)));
  take(bytes_, 4);
}

std::optional<std::string_view> ArrayReader::next() {
  assert(left_ > 0);
  --left_;
  const auto size = static_cast<std::int32_t>(to_integer(take(bytes_, 4)));
  if (size < 0) return std::nullopt;
  return take(bytes_, static_cast<std::size_t>(size));
}

std::int64_t to_integer(std::optional<std::string_view> bytes) {
  if (!bytes) return 0;
  std::uint64_t value = 0;
  for (const char byte : *bytes) value = (value << 8) | static_cast<std::uint8_t>(byte);
  return static_cast<std::int64_t>(value);
}

std::int64_t to_unix_ms(std::optional<std::string_view> bytes) {
  return (to_integer(bytes) + 500) / 1000 + kMsFrom1970To2000;
}

}  // namespace confab::postgres

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::postgres {
namespace {

TEST(Binary, ReadsTheArraysItWrites) {
  ArrayParameter numbers(ArrayParameter::Type::int8);
  for (const std::int64_t number : {0L, -1L, 0x0102030405060708L}) numbers.add(number);
  ArrayReader read(numbers.bytes());
  ASSERT_EQ(read.left(), 3U);
  for (const std::int64_t number : {0L, -1L, 0x0102030405060708L}) {
    EXPECT_EQ(to_integer(read.next()), number);
  }
  ArrayParameter texts(ArrayParameter::Type::text);
  texts.add("");
  texts.add(std::string_view("a\0b", 3));
  ArrayReader words(texts.bytes());
  EXPECT_EQ(words.next(), "");
  EXPECT_EQ(words.next(), std::string_view("a\0b", 3));
  EXPECT_EQ(words.left(), 0U);
}

TEST(Binary, TakesNothingForAnEmptyArray) {
  EXPECT_EQ(ArrayReader("").left(), 0U);
  EXPECT_EQ(ArrayReader(std::string(12, '\0')).left(), 0U);
}

TEST(Binary, RoundsTimesToMilliseconds) {
  ArrayParameter times(ArrayParameter::Type::int8);
  for (const std::int64_t us : {499L, 500L, 1000L}) times.add(us);
  ArrayReader read(times.bytes());
  EXPECT_EQ(to_unix_ms(read.next()), 946'684'800'000);
  EXPECT_EQ(to_unix_ms(read.next()), 946'684'800'001);
  EXPECT_EQ(to_unix_ms(read.next()), 946'684'800'001);
}

}  // namespace
}  // namespace confab::postgres
#endif
