#include "gateway/net/upgrade_answer.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <utility>

namespace confab::gateway {
namespace {

constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
constexpr std::size_t kBlockBytes = 64;

using Digest = std::array<std::uint32_t, 5>;

/// One round of SHA-1 (FIPS 180-4 section 6.1.2) over a block.
void mix(Digest& digest, std::string_view block) {
  std::array<std::uint32_t, 80> words;
  for (std::size_t i = 0; i < 16; ++i) {
    words[i] = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      words[i] = words[i] << 8 | static_cast<std::uint8_t>(block[4 * i + k]);
    }
  }
  for (std::size_t i = 16; i < words.size(); ++i) {
    words[i] = std::rotl(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
  }
  auto [a, b, c, d, e] = digest;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto [f, constant] = [&]() -> std::pair<std::uint32_t, std::uint32_t> {
      if (i < 20) return {(b & c) | (~b & d), 0x5a827999};
      if (i < 40) return {b ^ c ^ d, 0x6ed9eba1};
      if (i < 60) return {(b & c) | (b & d) | (c & d), 0x8f1bbcdc};
      return {b ^ c ^ d, 0xca62c1d6};
    }();
    const auto next = std::rotl(a, 5) + f + e + constant + words[i];
    e = d;
    d = c;
    c = std::rotl(b, 30);
    b = a;
    a = next;
  }
  digest = {digest[0] + a, digest[1] + b, digest[2] + c, digest[3] + d, digest[4] + e};
}

/// The handshake asks for SHA-1; nothing else may.
std::array<std::uint8_t, 20> sha1(std::string data) {
  const std::uint64_t bits = data.size() * 8;
  data += '\x80';
  while (data.size() % kBlockBytes != kBlockBytes - 8) data += '\0';
  for (int shift = 56; shift >= 0; shift -= 8) data += static_cast<char>(bits >> shift);
  Digest digest = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  for (std::size_t at = 0; at < data.size(); at += kBlockBytes) {
    mix(digest, std::string_view(data).substr(at, kBlockBytes));
  }
  std::array<std::uint8_t, 20> out;
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = static_cast<std::uint8_t>(digest[i / 4] >> (24 - 8 * (i % 4)));
  }
  return out;
}

/// The base64 of 20 bytes, with its one '='.
std::string base64(const std::array<std::uint8_t, 20>& bytes) {
  std::string out;
  std::uint32_t bits = 0;
  int held = 0;
  for (const auto byte : bytes) {
    bits = bits << 8 | byte;
    for (held += 8; held >= 6; held -= 6) out += kBase64[bits >> (held - 6) & 63];
  }
  out += kBase64[bits << (6 - held) & 63];
  return out += '=';
}

}  // namespace

bool is_websocket_key(std::string_view key) {
  if (key.size() != 24 || !key.ends_with("==")) return false;
  key.remove_suffix(2);
  return std::all_of(key.begin(), key.end(),
                     [](char c) { return kBase64.find(c) != std::string_view::npos; });
}

std::string websocket_accept(std::string_view key) {
  return base64(sha1(std::string(key).append(kGuid)));
}

std::string upgrade_answer(std::string_view key, std::string_view subprotocol) {
  std::string out =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: ";
  out.append(websocket_accept(key)).append("\r\n");
  if (!subprotocol.empty()) {
    out.append("Sec-WebSocket-Protocol: ").append(subprotocol).append("\r\n");
  }
  return out += "\r\n";
}

}  // namespace confab::gateway

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::gateway {
namespace {

TEST(UpgradeAnswer, ProvesThatTheKeyWasRead) {
  // The example of RFC 6455 section 1.3.
  EXPECT_EQ(websocket_accept("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST(UpgradeAnswer, HashesOverBlockBorders) {
  const auto hex = [](const std::string& data) {
    std::string out;
    for (const auto byte : sha1(data)) {
      out += "0123456789abcdef"[byte >> 4];
      out += "0123456789abcdef"[byte & 15];
    }
    return out;
  };
  EXPECT_EQ(hex(""), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  EXPECT_EQ(hex("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
  EXPECT_EQ(hex(std::string(1'000'000, 'a')), "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
}

TEST(UpgradeAnswer, NamesASubprotocolOnlyIfThereIsOne) {
  const std::string_view key = "dGhlIHNhbXBsZSBub25jZQ==";
  EXPECT_EQ(upgrade_answer(key, "").find("Protocol:"), std::string::npos);
  EXPECT_TRUE(upgrade_answer(key, "v1").ends_with("\r\nSec-WebSocket-Protocol: v1\r\n\r\n"));
}

TEST(UpgradeAnswer, KnowsKeys) {
  EXPECT_TRUE(is_websocket_key("dGhlIHNhbXBsZSBub25jZQ=="));
  for (const auto* key :
       {"", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZQ", "==", "dGhlIHNhbXBsZSBub25jZQQQ",
        "dGhlIHNhbXBsZSBub25j!Q==", "dGhlIHNhbXBsZSBub25jZQxx==", "dGhlIHNhbXBsZSBub25jZQ== "}) {
    EXPECT_FALSE(is_websocket_key(key)) << key;
  }
}

}  // namespace
}  // namespace confab::gateway
#endif
