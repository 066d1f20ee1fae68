#include "gateway/rpc/owner_seal.hpp"

#include <sodium.h>

#include <algorithm>

#include "common/base/encoding.hpp"

namespace confab::gateway {
namespace {

namespace ip = boost::asio::ip;

constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kTagBytes = crypto_aead_chacha20poly1305_ietf_ABYTES;
constexpr std::size_t kNonceBytes = crypto_aead_chacha20poly1305_ietf_NPUBBYTES;
static_assert(kKeyBytes == crypto_aead_chacha20poly1305_ietf_KEYBYTES);
static_assert(kKeyBytes == crypto_auth_hmacsha256_BYTES);
/// Two uses of one key must not meet: tickets are signed with the resume key itself.
constexpr std::string_view kUse = "confab: owner of a session, 1";
/// The loop, the port and the address.
constexpr std::size_t kBytes4 = 1 + 2 + 4;
constexpr std::size_t kBytes6 = 1 + 2 + 16;

const unsigned char* octets(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* octets(std::string& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

template <typename Bytes>
void append(std::string& out, const Bytes& bytes) {
  for (const auto byte : bytes) out += static_cast<char>(byte);
}

std::string to_bytes(const SessionOwner& owner) {
  std::string out;
  out += static_cast<char>(owner.loop);
  out += static_cast<char>(owner.port >> 8);
  out += static_cast<char>(owner.port & 0xff);
  if (owner.address.is_v4()) {
    append(out, owner.address.to_v4().to_bytes());
  } else {
    append(out, owner.address.to_v6().to_bytes());
  }
  return out;
}

template <typename Address>
Address address_from(std::string_view bytes) {
  typename Address::bytes_type out{};
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return Address(out);
}

/// `bytes` has one of the two lengths.
SessionOwner from_bytes(std::string_view bytes) {
  const auto at = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
  SessionOwner owner;
  owner.loop = at(0);
  owner.port = static_cast<std::uint16_t>(at(1) << 8 | at(2));
  const auto address = bytes.substr(3);
  if (bytes.size() == kBytes4) {
    owner.address = address_from<ip::address_v4>(address);
  } else {
    owner.address = address_from<ip::address_v6>(address);
  }
  return owner;
}

/// Nothing when the id has too few random bits to be one.
std::optional<std::string> nonce_of(std::string_view session_id) {
  auto bytes = base64url_decode(session_id);
  if (!bytes || bytes->size() < kNonceBytes) return std::nullopt;
  bytes->resize(kNonceBytes);
  return bytes;
}

}  // namespace

std::string SessionOwner::text() const {
  const auto host = address.to_string();
  return (address.is_v6() ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

void OwnerSeal::set_keys(const std::vector<std::string>& resume_keys) {
  keys_.clear();
  for (const auto& key : resume_keys) {
    if (key.size() != kKeyBytes) continue;
    crypto_auth_hmacsha256(keys_.emplace_back().data(), octets(kUse), kUse.size(), octets(key));
  }
}

std::string OwnerSeal::seal(std::string_view session_id, const SessionOwner& owner) const {
  const auto nonce = nonce_of(session_id);
  if (keys_.empty() || !nonce) return {};
  const auto content = to_bytes(owner);
  std::string sealed(content.size() + kTagBytes, '\0');
  crypto_aead_chacha20poly1305_ietf_encrypt(
      octets(sealed), nullptr, octets(content), content.size(), octets(session_id),
      session_id.size(), nullptr, octets(std::string_view(*nonce)), keys_.front().data());
  return base64url_encode(sealed);
}

std::optional<SessionOwner> OwnerSeal::open(std::string_view session_id,
                                            std::string_view mark) const {
  const auto nonce = nonce_of(session_id);
  const auto sealed = base64url_decode(mark);
  if (!nonce || !sealed) return std::nullopt;
  if (sealed->size() != kBytes4 + kTagBytes && sealed->size() != kBytes6 + kTagBytes) {
    return std::nullopt;
  }
  std::string content(sealed->size() - kTagBytes, '\0');
  for (const auto& key : keys_) {
    if (crypto_aead_chacha20poly1305_ietf_decrypt(
            octets(content), nullptr, nullptr, octets(std::string_view(*sealed)), sealed->size(),
            octets(session_id), session_id.size(), octets(std::string_view(*nonce)),
            key.data()) == 0) {
      return from_bytes(content);
    }
  }
  return std::nullopt;
}

}  // namespace confab::gateway

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::gateway {
namespace {

const std::string kKey(32, 'k');
const std::string kOther(32, 'o');
constexpr std::string_view kId = "ABCDEFGHIJKLMNOPQRST";
constexpr std::string_view kOtherId = "ABCDEFGHIJKLMNOPQRSU";

struct OwnerSealTest : ::testing::Test {
  OwnerSeal seal;
  SessionOwner owner{ip::make_address("10.1.2.3"), 7300, 5};

  void SetUp() override { seal.set_keys({kKey}); }
  [[nodiscard]] std::string make() const { return seal.seal(kId, owner); }
};

TEST_F(OwnerSealTest, TellsTheOwnerOfBothFamilies) {
  for (const auto* address : {"10.1.2.3", "fd00::1:2"}) {
    owner.address = ip::make_address(address);
    const auto opened = seal.open(kId, make());
    ASSERT_TRUE(opened) << address;
    EXPECT_TRUE(opened->same_gateway(owner)) << address;
    EXPECT_EQ(opened->loop, 5);
  }
  EXPECT_EQ(owner.text(), "[fd00::1:2]:7300");
}

TEST_F(OwnerSealTest, ShowsNothingOfTheAddress) {
  const auto mark = make();
  ++owner.loop;
  const auto other = make();
  EXPECT_EQ(mark.size(), 31U);
  EXPECT_EQ(base64url_decode(mark)->find(std::string("\x0a\x01\x02\x03", 4)), std::string::npos);
  EXPECT_NE(mark, other);
  EXPECT_NE(seal.seal(kOtherId, owner), other);
}

TEST_F(OwnerSealTest, IsForOneSessionOnly) { EXPECT_FALSE(seal.open(kOtherId, make())); }

TEST_F(OwnerSealTest, OpensNothingThatWasChangedCutOrProlonged) {
  const auto mark = make();
  const auto bytes = *base64url_decode(mark);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    auto changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(seal.open(kId, base64url_encode(changed))) << i;
  }
  for (std::size_t size = 0; size < mark.size(); ++size) {
    EXPECT_FALSE(seal.open(kId, mark.substr(0, size))) << size;
  }
  EXPECT_FALSE(seal.open(kId, mark + "AAAA"));
  EXPECT_FALSE(seal.open(kId, "not base64url!"));
  EXPECT_FALSE(seal.open("short", mark));
}

TEST_F(OwnerSealTest, OpensWithAnyKeyThatIsKnownAndWithNoOther) {
  const auto mark = make();
  seal.set_keys({kOther, kKey});
  EXPECT_TRUE(seal.open(kId, mark));
  const auto newer = make();
  seal.set_keys({kKey});
  EXPECT_FALSE(seal.open(kId, newer));
  seal.set_keys({"too short"});
  EXPECT_EQ(make(), "");
  EXPECT_FALSE(seal.open(kId, mark));
}

}  // namespace
}  // namespace confab::gateway
#endif
