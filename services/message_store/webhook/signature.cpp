#include "message_store/webhook/signature.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

namespace confab::message_store {
namespace {

constexpr std::size_t kMacBytes = 32;
constexpr std::size_t kBase64Bytes = 4 * ((kMacBytes + 2) / 3);

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string mac_base64(const std::string& key, const std::string& text) {
  std::array<unsigned char, kMacBytes> mac{};
  unsigned length = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes(text), text.size(), mac.data(),
       &length);
  std::array<unsigned char, kBase64Bytes + 1> encoded{};  // With a NUL.
  EVP_EncodeBlock(encoded.data(), mac.data(), kMacBytes);
  return {reinterpret_cast<const char*>(encoded.data()), kBase64Bytes};
}

}  // namespace

std::string webhook_signature(const std::vector<std::string>& keys, std::string_view id,
                              std::int64_t seconds, std::string_view body) {
  std::string text;
  text.reserve(id.size() + body.size() + 24);
  text.append(id).append(".").append(std::to_string(seconds)).append(".").append(body);
  std::string out;
  for (const auto& key : keys) out += (out.empty() ? "v1," : " v1,") + mac_base64(key, text);
  return out;
}

}  // namespace confab::message_store

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::message_store {
namespace {

// Computed with Python's hmac: key bytes 0 to 31, and 24 bytes of "k".
TEST(WebhookSignature, IsTheHmacOfIdTimeAndBody) {
  std::string key;
  for (char byte = 0; byte < 32; ++byte) key += byte;
  const std::string other(24, 'k');
  EXPECT_EQ(webhook_signature({key}, "gid-1-1-2", 1'700'000'000, R"({"events":[]})"),
            "v1,a0fAf2Jj6VvLDVtHTf0jVEQESvH2hD11sImHEv/kBpo=");
  EXPECT_EQ(webhook_signature({key, other}, "gid-1-1-2", 1'700'000'000, R"({"events":[]})"),
            "v1,a0fAf2Jj6VvLDVtHTf0jVEQESvH2hD11sImHEv/kBpo= "
            "v1,4cggDYLFMjae8gqqabvCGrZ0mdiiLTGO7Wvj0g9W7oE=");
}

}  // namespace
}  // namespace confab::message_store
#endif
