#include "gateway/net/frame_codec.hpp"

#include <algorithm>
#include <cstring>

namespace confab::gateway {
namespace {

constexpr std::uint64_t kHighBits = 0x8080808080808080;

void append_frame(std::string& out, Opcode opcode, std::string_view payload) {
  append_frame_header(out, opcode, payload.size());
  out += payload;
}

}  // namespace

std::size_t put_frame_header(FrameHeaderBytes& out, Opcode opcode, std::uint64_t payload_bytes) {
  out[0] = static_cast<char>(frame_bits::kFin | static_cast<std::uint8_t>(opcode));
  const std::size_t extended = payload_bytes < frame_bits::kLength16 ? 0
                               : payload_bytes < 0x10000             ? 2
                                                                     : 8;
  const auto length = extended == 0   ? payload_bytes
                      : extended == 2 ? frame_bits::kLength16
                                      : frame_bits::kLength64;
  out[1] = static_cast<char>(length);
  for (std::size_t i = 0; i < extended; ++i) {
    out[2 + i] = static_cast<char>(payload_bytes >> (8 * (extended - 1 - i)));
  }
  return 2 + extended;
}

void append_frame_header(std::string& out, Opcode opcode, std::uint64_t payload_bytes) {
  FrameHeaderBytes header;
  out.append(header.data(), put_frame_header(header, opcode, payload_bytes));
}

void append_text_frame(std::string& out, std::string_view message) {
  append_frame(out, Opcode::text, message);
}

void append_binary_frame(std::string& out, std::string_view message) {
  append_frame(out, Opcode::binary, message);
}

void append_close_frame(std::string& out, std::uint16_t code, std::string_view reason) {
  if (code == close_code::kNone) return append_frame_header(out, Opcode::close, 0);
  auto size = std::min(reason.size(), kMaxCloseReasonBytes);
  // Not between a character's bytes.
  while (size > 0 && size < reason.size() && (reason[size] & 0xc0) == 0x80) --size;
  append_frame_header(out, Opcode::close, 2 + size);
  out += static_cast<char>(code >> 8);
  out += static_cast<char>(code & 0xff);
  out += reason.substr(0, size);
}

bool may_be_received(std::uint16_t close_code) {
  if (close_code >= 3000) return close_code < 5000;
  return (close_code >= 1000 && close_code <= 1003) || (close_code >= 1007 && close_code <= 1014);
}

bool apply_mask(std::span<char> data, const MaskKey& key) {
  std::uint64_t wide = 0;
  std::memcpy(&wide, key.data(), 4);
  std::memcpy(reinterpret_cast<char*>(&wide) + 4, key.data(), 4);
  std::uint64_t seen = 0;
  char* at = data.data();
  std::size_t left = data.size();
  for (std::array<std::uint64_t, 4> block; left >= sizeof block; left -= sizeof block) {
    std::memcpy(&block, at, sizeof block);
    for (auto& word : block) word ^= wide;
    seen |= block[0] | block[1] | block[2] | block[3];
    std::memcpy(at, &block, sizeof block);
    at += sizeof block;
  }
  for (std::uint64_t word = 0; left >= sizeof word; left -= sizeof word) {
    std::memcpy(&word, at, sizeof word);
    word ^= wide;
    seen |= word;
    std::memcpy(at, &word, sizeof word);
    at += sizeof word;
  }
  for (std::size_t i = 0; i < left; ++i) {
    at[i] = static_cast<char>(at[i] ^ key[i % 4]);
    seen |= static_cast<std::uint8_t>(at[i]);
  }
  return (seen & kHighBits) == 0;
}

}  // namespace confab::gateway

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::gateway {
namespace {

TEST(ApplyMask, IsTheSameForEveryLengthAndTellsAscii) {
  const MaskKey key{'\x12', '\x34', '\x56', '\x78'};
  for (std::size_t size = 0; size < 100; ++size) {
    for (std::size_t high = 0; high <= size; ++high) {
      std::string plain(size, 'q');
      if (high < size) plain[high] = '\xe9';
      auto masked = plain;
      for (std::size_t i = 0; i < size; ++i) masked[i] = static_cast<char>(masked[i] ^ key[i % 4]);
      EXPECT_EQ(apply_mask(masked, key), high == size);
      EXPECT_EQ(masked, plain);
    }
  }
}

TEST(ServerFrames, AreUnmaskedAndOfTheShortestEncoding) {
  const auto header = [](std::uint64_t size) {
    std::string out;
    append_frame_header(out, Opcode::binary, size);
    return out;
  };
  using namespace std::string_literals;
  EXPECT_EQ(header(0), "\x82\0"s);
  EXPECT_EQ(header(125), "\x82\x7d");
  EXPECT_EQ(header(126), "\x82\x7e\0\x7e"s);
  EXPECT_EQ(header(65'535), "\x82\x7e\xff\xff");
  EXPECT_EQ(header(65'536), "\x82\x7f\0\0\0\0\0\1\0\0"s);
  std::string out;
  append_text_frame(out, "hi");
  append_binary_frame(out, "\xff");
  EXPECT_EQ(out, "\x81\2hi\x82\1\xff"s);
}

TEST(ServerFrames, CutCloseReasonsBetweenCharacters) {
  std::string reason(122, 'r');
  reason += "\xc3\xa9!";
  std::string out;
  append_close_frame(out, 4001, reason);
  EXPECT_EQ(out, "\x88\x7c\x0f\xa1" + std::string(122, 'r'));
  out.clear();
  append_close_frame(out, close_code::kNone, "");
  EXPECT_EQ(out, std::string("\x88\0", 2));
}

}  // namespace
}  // namespace confab::gateway
#endif
