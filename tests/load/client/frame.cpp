#include "client/frame.hpp"

#include <array>

namespace confab::load {
namespace {

/// One key for all frames: the servers here are ours, and the cost of unmasking is the same.
constexpr std::array<unsigned char, 4> kMask = {0x5a, 0xc3, 0x17, 0xe9};
constexpr std::size_t kMediumLength = 126;
constexpr std::size_t kLongLength = 127;

std::size_t big_endian(std::string_view bytes) {
  std::size_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

}  // namespace

std::optional<Frame> take_frame(std::string_view& bytes) {
  if (bytes.size() < 2) return std::nullopt;
  const auto first = static_cast<unsigned char>(bytes[0]);
  std::size_t length = static_cast<unsigned char>(bytes[1]) & 0x7fU;
  std::size_t header = 2;
  if (length >= kMediumLength) {
    const std::size_t extra = length == kLongLength ? 8 : 2;
    header += extra;
    if (bytes.size() < header) return std::nullopt;
    length = big_endian(bytes.substr(2, extra));
  }
  if (bytes.size() - header < length) return std::nullopt;
  const Frame frame{static_cast<Opcode>(first & 0x0fU), (first & 0x80U) != 0,
                    bytes.substr(header, length)};
  bytes.remove_prefix(header + length);
  return frame;
}

void append_frame(std::string& out, Opcode opcode, std::string_view payload) {
  out += static_cast<char>(0x80U | static_cast<unsigned>(opcode));
  const auto append_length = [&](std::size_t bytes) {
    for (std::size_t i = bytes; i-- > 0;) out += static_cast<char>(payload.size() >> (8 * i));
  };
  if (payload.size() < kMediumLength) {
    out += static_cast<char>(0x80U | payload.size());
  } else if (payload.size() < 65536) {
    out += static_cast<char>(0x80U | kMediumLength);
    append_length(2);
  } else {
    out += static_cast<char>(0x80U | kLongLength);
    append_length(8);
  }
  for (const auto byte : kMask) out += static_cast<char>(byte);
  for (std::size_t i = 0; i < payload.size(); ++i) {
    out += static_cast<char>(static_cast<unsigned char>(payload[i]) ^ kMask[i % kMask.size()]);
  }
}

}  // namespace confab::load

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::load {
namespace {

std::string server_frame(std::size_t length) {
  std::string frame = "\x81";
  if (length < 126) {
    frame += static_cast<char>(length);
  } else if (length < 65536) {
    frame += {126, static_cast<char>(length >> 8), static_cast<char>(length)};
  } else {
    frame += {127,
              0,
              0,
              0,
              0,
              0,
              static_cast<char>(length >> 16),
              static_cast<char>(length >> 8),
              static_cast<char>(length)};
  }
  return frame + std::string(length, 'a');
}

TEST(Frame, IsTakenOnlyWhenItIsWhole) {
  for (const std::size_t length : {0U, 1U, 125U, 126U, 65535U, 65536U}) {
    const auto whole = server_frame(length);
    for (const auto cut : {std::size_t{1}, whole.size() / 2, whole.size() - 1}) {
      auto part = std::string_view(whole).substr(0, cut);
      if (cut < whole.size()) {
        EXPECT_FALSE(take_frame(part)) << length << " cut at " << cut;
      }
    }
    const auto two = whole + "\x81\x01z";
    std::string_view bytes = two;
    const auto frame = take_frame(bytes);
    ASSERT_TRUE(frame) << length;
    EXPECT_EQ(frame->payload.size(), length);
    EXPECT_EQ(bytes, "\x81\x01z") << "the next frame stays";
  }
}

TEST(Frame, OfAClientIsMasked) {
  std::string out;
  append_frame(out, Opcode::text, "hello");
  ASSERT_EQ(out.size(), 2 + 4 + 5U);
  EXPECT_EQ(static_cast<unsigned char>(out[0]), 0x81);
  EXPECT_EQ(static_cast<unsigned char>(out[1]), 0x85);
  EXPECT_EQ(out.find("hello"), std::string::npos);
  for (std::size_t i = 0; i < 5; ++i) out[6 + i] = static_cast<char>(out[6 + i] ^ out[2 + i % 4]);
  EXPECT_EQ(out.substr(6), "hello");
}

TEST(Frame, OfAClientTellsItsLength) {
  for (const std::size_t length : {125U, 126U, 65535U, 65536U}) {
    std::string out;
    append_frame(out, Opcode::binary, std::string(length, 'a'));
    out[1] = static_cast<char>(out[1] & 0x7f);
    std::string_view bytes = out;
    const auto frame = take_frame(bytes);
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->payload.size(), length);
    EXPECT_EQ(bytes.size(), 4U) << "what the mask's four bytes moved";
  }
}

}  // namespace
}  // namespace confab::load
#endif
