#include "gateway/rpc/resume_ticket.hpp"

#include <sodium.h>

#include <algorithm>

#include "common/base/encoding.hpp"

namespace confab::gateway {
namespace {

constexpr char kVersion = 1;
constexpr std::size_t kNonceBytes = 8;
constexpr std::size_t kSignatureBytes = crypto_auth_hmacsha256_BYTES;

const unsigned char* octets(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

std::int64_t to_seconds(std::chrono::system_clock::time_point time) {
  return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
}

void put(std::string& out, std::uint64_t value, int bytes) {
  while (bytes-- > 0) out += static_cast<char>(value >> (8 * bytes));
}
void put(std::string& out, const std::string& text) {
  put(out, text.size(), 2);
  out += text;
}

/// Reads what put() wrote; at the first thing that is not there it goes bad and gives nothings.
class TicketReader {
 public:
  explicit TicketReader(std::string_view bytes) : rest_(bytes) {}

  std::string_view bytes(std::size_t count) {
    if (count > rest_.size()) {
      bad_ = true;
      rest_ = {};
      return {};
    }
    const auto out = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return out;
  }
  std::uint64_t number(std::size_t count) {
    std::uint64_t out = 0;
    for (const char byte : bytes(count)) out = (out << 8) | static_cast<unsigned char>(byte);
    return out;
  }
  std::string text() { return std::string(bytes(number(2))); }
  std::chrono::system_clock::time_point time() {
    return std::chrono::system_clock::time_point(
        std::chrono::seconds(static_cast<std::int64_t>(number(8))));
  }
  /// Everything was there, and nothing else is.
  [[nodiscard]] bool done() const { return !bad_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool bad_ = false;
};

}  // namespace

std::string_view name(TicketOutcome outcome) {
  switch (outcome) {
    case TicketOutcome::accepted:
      return "accepted";
    case TicketOutcome::malformed:
      return "malformed";
    case TicketOutcome::forged:
      return "forged";
    case TicketOutcome::expired:
      return "expired";
    case TicketOutcome::other_token:
      return "other_token";
  }
  return "";
}

TokenMark mark_of(std::string_view token) {
  std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
  crypto_hash_sha256(digest.data(), octets(token), token.size());
  TokenMark mark{};
  std::copy_n(digest.begin(), mark.size(), mark.begin());
  return mark;
}

void ResumeTickets::set_keys(std::vector<std::string> keys) {
  keys_.clear();
  for (const auto& key : keys) {
    if (key.size() != Key().size()) continue;
    std::copy(key.begin(), key.end(), keys_.emplace_back().begin());
  }
}

std::string ResumeTickets::make(const Identity& identity,
                                std::chrono::system_clock::time_point now) const {
  if (keys_.empty()) return {};
  std::string ticket(1, kVersion);
  ticket += random_.bytes(kNonceBytes);
  put(ticket, static_cast<std::uint64_t>(identity.user.id), 8);
  put(ticket, static_cast<std::uint64_t>(to_seconds(identity.expires_at)), 8);
  const auto expiry = std::min(to_seconds(identity.expires_at), to_seconds(now + kLife));
  put(ticket, static_cast<std::uint64_t>(expiry), 8);
  ticket.append(identity.token_mark.begin(), identity.token_mark.end());
  for (const auto* text :
       {&identity.user.uuid, &identity.user.username, &identity.user.name, &identity.session_id}) {
    put(ticket, *text);
  }
  std::array<unsigned char, kSignatureBytes> signature{};
  crypto_auth_hmacsha256(signature.data(), octets(ticket), ticket.size(), keys_.front().data());
  ticket.append(signature.begin(), signature.end());
  return base64url_encode(ticket);
}

bool ResumeTickets::is_signed(std::string_view content, std::string_view signature) const {
  return std::any_of(keys_.begin(), keys_.end(), [&](const Key& key) {
    // Compares in a time that does not depend on where they differ.
    return crypto_auth_hmacsha256_verify(octets(signature), octets(content), content.size(),
                                         key.data()) == 0;
  });
}

ResumeTickets::Opened ResumeTickets::open(std::string_view ticket, std::string_view token,
                                          std::chrono::system_clock::time_point now) const {
  Opened opened;
  if (ticket.size() > kMaxBytes) return opened;
  const auto bytes = base64url_decode(ticket);
  if (!bytes || bytes->size() <= kSignatureBytes || bytes->front() != kVersion) return opened;
  const auto split = bytes->size() - kSignatureBytes;
  const auto content = std::string_view(*bytes).substr(0, split);
  opened.outcome = TicketOutcome::forged;
  if (!is_signed(content, std::string_view(*bytes).substr(split))) return opened;
  opened.outcome = TicketOutcome::malformed;
  TicketReader read(content.substr(1));
  Identity identity;
  read.bytes(kNonceBytes);
  identity.user.id = static_cast<std::int64_t>(read.number(8));
  identity.expires_at = read.time();
  const auto expiry = read.time();
  const auto mark = read.bytes(identity.token_mark.size());
  std::copy(mark.begin(), mark.end(), identity.token_mark.begin());
  identity.user.uuid = read.text();
  identity.user.username = read.text();
  identity.user.name = read.text();
  identity.session_id = read.text();
  if (!read.done()) return opened;
  opened.outcome = TicketOutcome::expired;
  if (now >= expiry) return opened;
  opened.outcome = TicketOutcome::other_token;
  if (!token.empty() && mark_of(token) != identity.token_mark) return opened;
  return {TicketOutcome::accepted, std::move(identity)};
}

}  // namespace confab::gateway

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

#include "gateway/domain/fake_people.hpp"

namespace confab::gateway {
namespace {

using namespace std::chrono_literals;

const std::string kKey(32, 'k');
const std::string kOther(32, 'o');

struct ResumeTicket : ::testing::Test {
  testing::CountingRandom random;
  testing::ManualClock clock;
  ResumeTickets tickets{random};

  void SetUp() override { tickets.set_keys({kKey}); }

  [[nodiscard]] Identity identity() const {
    return {{7, "u-7", "ada", "Ada L"}, "s-1", clock.time + 15min, mark_of("token")};
  }
  std::string make() { return tickets.make(identity(), clock.now()); }
  TicketOutcome open(const std::string& ticket, const std::string& token = "token") {
    return tickets.open(ticket, token, clock.now()).outcome;
  }
};

TEST_F(ResumeTicket, SaysAllThatTheTokenSaid) {
  const auto ticket = make();
  for (const auto* token : {"token", ""}) {
    const auto opened = tickets.open(ticket, token, clock.now());
    ASSERT_EQ(opened.outcome, TicketOutcome::accepted);
    EXPECT_EQ(opened.identity.user.id, 7);
    EXPECT_EQ(opened.identity.user.uuid, "u-7");
    EXPECT_EQ(opened.identity.user.username, "ada");
    EXPECT_EQ(opened.identity.user.name, "Ada L");
    EXPECT_EQ(opened.identity.session_id, "s-1");
    EXPECT_EQ(opened.identity.expires_at, identity().expires_at);
    EXPECT_EQ(opened.identity.token_mark, identity().token_mark);
  }
}

TEST_F(ResumeTicket, IsNeverTheSameTwice) {
  // socket.io-client takes a pid it has had before for a recovered session.
  EXPECT_NE(make(), make());
}

TEST_F(ResumeTicket, IsOnlyForTheTokenItWasGivenFor) {
  EXPECT_EQ(open(make(), "another"), TicketOutcome::other_token);
}

TEST_F(ResumeTicket, EndsAfterTenMinutesOrWithTheToken) {
  const auto ticket = make();
  clock.time += ResumeTickets::kLife - 1s;
  EXPECT_EQ(open(ticket), TicketOutcome::accepted);
  clock.time += 1s;
  EXPECT_EQ(open(ticket), TicketOutcome::expired);
  const auto late = tickets.make({{7, "u", "n", "N"}, "s-1", clock.time + 1min, {}}, clock.now());
  EXPECT_EQ(open(late, ""), TicketOutcome::accepted);
  clock.time += 1min;
  EXPECT_EQ(open(late, ""), TicketOutcome::expired);
}

TEST_F(ResumeTicket, IsForgedWhenAnyBitOfItIsChanged) {
  const auto bytes = *base64url_decode(make());
  for (std::size_t i = 1; i < bytes.size(); ++i) {
    auto changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_EQ(open(base64url_encode(changed)), TicketOutcome::forged) << i;
  }
}

TEST_F(ResumeTicket, IsNothingWhenItIsCutOrProlonged) {
  const auto ticket = make();
  for (std::size_t size = 0; size < ticket.size(); ++size) {
    EXPECT_NE(open(ticket.substr(0, size)), TicketOutcome::accepted) << size;
  }
  EXPECT_NE(open(ticket + "AAAA"), TicketOutcome::accepted);
  EXPECT_NE(open(ticket + "="), TicketOutcome::accepted);
}

TEST_F(ResumeTicket, IsMalformedWhenItCannotBeATicket) {
  auto version = *base64url_decode(make());
  version.front() = 2;
  for (const auto& text :
       {std::string(), std::string("x"), std::string("ü"),
        std::string(ResumeTickets::kMaxBytes + 4, 'A'), base64url_encode(version)}) {
    EXPECT_EQ(open(text), TicketOutcome::malformed) << text;
  }
}

TEST_F(ResumeTicket, IsMalformedWhenItIsSignedButHoldsTooLittleOrTooMuch) {
  const auto bytes = *base64url_decode(make());
  const auto content = bytes.substr(0, bytes.size() - kSignatureBytes);
  for (const auto& wrong : {content.substr(0, 20), content.substr(0, content.size() - 1),
                            content + "x", std::string(1, kVersion)}) {
    std::string signature(kSignatureBytes, '\0');
    crypto_auth_hmacsha256(reinterpret_cast<unsigned char*>(signature.data()), octets(wrong),
                           wrong.size(), octets(kKey));
    EXPECT_EQ(open(base64url_encode(wrong + signature)), TicketOutcome::malformed) << wrong.size();
  }
}

TEST_F(ResumeTicket, IsGoodWithAnyKeyThatIsKnownAndWithNoOther) {
  const auto ticket = make();
  tickets.set_keys({kOther, kKey});
  EXPECT_EQ(open(ticket), TicketOutcome::accepted);
  const auto newer = make();
  tickets.set_keys({kKey});
  EXPECT_EQ(open(newer), TicketOutcome::forged);
  tickets.set_keys({"too short"});
  EXPECT_EQ(make(), "");
  EXPECT_EQ(open(ticket), TicketOutcome::forged);
}

TEST_F(ResumeTicket, HasRoomForTheLongestNames) {
  const Identity longest{{7, std::string(36, 'u'), std::string(128, 'n'), std::string(256, 'N')},
                         std::string(36, 's'),
                         clock.time + 1h,
                         {}};
  const auto ticket = tickets.make(longest, clock.now());
  EXPECT_LE(ticket.size(), ResumeTickets::kMaxBytes);
  EXPECT_EQ(open(ticket, ""), TicketOutcome::accepted);
}

}  // namespace
}  // namespace confab::gateway
#endif
