#include "common/base/uuid.hpp"

#include <cstring>

#include "common/base/encoding.hpp"

namespace confab {
namespace {

int hex_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

bool is_dash_place(std::size_t i) { return i == 8 || i == 13 || i == 18 || i == 23; }

}  // namespace

Uuid Uuid::make(Random& random) {
  Uuid uuid = *from_bytes(random.bytes(16));
  uuid.octets[6] = static_cast<std::uint8_t>((uuid.octets[6] & 0x0F) | 0x40);
  uuid.octets[8] = static_cast<std::uint8_t>((uuid.octets[8] & 0x3F) | 0x80);
  return uuid;
}

std::optional<Uuid> Uuid::from_bytes(std::string_view bytes) {
  if (bytes.size() != 16) return std::nullopt;
  Uuid uuid;
  std::memcpy(uuid.octets.data(), bytes.data(), 16);
  return uuid;
}

std::optional<Uuid> Uuid::parse(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  Uuid uuid;
  std::size_t nibble = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_dash_place(i)) {
      if (text[i] != '-') return std::nullopt;
      continue;
    }
    const int value = hex_value(text[i]);
    if (value < 0) return std::nullopt;
    auto& octet = uuid.octets[nibble++ / 2];
    octet = static_cast<std::uint8_t>((octet << 4) | value);
  }
  return uuid;
}

std::string Uuid::bytes() const { return {octets.begin(), octets.end()}; }

std::string Uuid::text() const {
  const auto digits = hex_encode(bytes());
  std::string out;
  out.reserve(36);
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (is_dash_place(out.size())) out += '-';
    out += digits[i];
  }
  return out;
}

}  // namespace confab

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab {
namespace {

TEST(Uuid, ReadsWhatItWrites) {
  SystemRandom random;
  const auto uuid = Uuid::make(random);
  EXPECT_EQ(Uuid::parse(uuid.text()), uuid);
  EXPECT_EQ(Uuid::from_bytes(uuid.bytes()), uuid);
  EXPECT_EQ(uuid.text()[14], '4');
}

TEST(Uuid, RefusesOtherForms) {
  for (const auto* text :
       {"", "99f0e998136011e9ab6c00e04c681690", "99f0e998-1360-11e9-ab6c-00e04c68169",
        "99f0e998-1360-11e9-ab6c-00e04c68169g", "99f0e998+1360-11e9-ab6c-00e04c681690"}) {
    EXPECT_FALSE(Uuid::parse(text)) << text;
  }
}

}  // namespace
}  // namespace confab
#endif
