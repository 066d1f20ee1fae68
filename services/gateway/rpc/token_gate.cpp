#include "gateway/rpc/token_gate.hpp"

#include "common/rpc/client.hpp"
#include "gateway/domain/session_book.hpp"

namespace confab::gateway {
namespace {

namespace v1 = auth::v1;

constexpr std::chrono::milliseconds kDeadline{3000};
// Nobody is let in whom the next sweep would cut, to come back with the same token at once.
static_assert(jwt::Verifier::kLeeway <= SessionBook::kGrace);

}  // namespace

TokenGate::TokenGate(Stub& stub, Loop& loop, Clock& clock, Random& random, jwt::Party party,
                     Events events)
    : stub_(stub),
      loop_(loop),
      clock_(clock),
      events_(std::move(events)),
      verifier_(std::move(party)),
      tickets_(random) {}

Task<Result<Identity>> TokenGate::identify(std::string token) {
  bool unknown_key = false;
  auto verified = verifier_.verify(token, clock_.now(), &unknown_key);
  if (!verified && unknown_key) {
    const auto fetched = co_await fetch_keys_on_demand();
    if (!fetched) {
      co_return Error{ErrorCode::unavailable, "the token's key cannot be fetched now",
                      std::chrono::milliseconds(kKeysOnDemand)};
    }
    verified = verifier_.verify(token, clock_.now());
  }
  if (!verified) co_return verified.error();
  Identity identity;
  identity.user = {verified->user_id, verified->uuid, verified->username, verified->name};
  identity.session_id = verified->session_id;
  identity.expires_at = verified->expires_at;
  identity.token_mark = mark_of(token);
  co_return unless_revoked(std::move(identity));
}

Task<Result<Identity>> TokenGate::resume(std::string token, std::string ticket) {
  if (ticket.empty()) co_return co_await identify(std::move(token));
  auto opened = tickets_.open(ticket, token, clock_.now());
  events_.ticket(name(opened.outcome));
  if (opened.outcome != TicketOutcome::accepted) co_return co_await identify(std::move(token));
  co_return unless_revoked(std::move(opened.identity));
}

std::string TokenGate::ticket(const Identity& identity) {
  return tickets_.make(identity, clock_.now());
}

Result<Identity> TokenGate::unless_revoked(Identity identity) const {
  if (!revoked_.contains(identity.session_id)) return identity;
  return Error{ErrorCode::unauthenticated, "the session has ended"};
}

void TokenGate::revoke(const std::string& session_id) {
  if (!revoked_.emplace(session_id, clock_.now()).second) return;
  events_.revoked(session_id);
}

/// As fetch_keys(), but not more often than unknown keys may cause.
Task<Result<>> TokenGate::fetch_keys_on_demand() {
  if (!fetching_ && clock_.now() - keys_at_ < kKeysOnDemand) co_return last_fetch_;
  co_return co_await fetch_keys();
}

Task<Result<>> TokenGate::fetch_keys() {
  if (const auto fetching = fetching_) {
    co_await fetching->passed();
    co_return last_fetch_;
  }
  fetching_ = loop_.make_gate();
  keys_at_ = clock_.now();
  last_fetch_ = co_await ask_for_keys();
  std::exchange(fetching_, nullptr)->open();
  co_return last_fetch_;
}

Task<Result<>> TokenGate::ask_for_keys() {
  v1::GetKeysRequest request;
  const auto response = co_await rpc::call<v1::GetKeysResponse>(
      std::move(request), kDeadline,
      [this](auto* context, auto* sent, auto* received, auto done) {
        stub_.async()->GetKeys(context, sent, received, std::move(done));
      },
      rpc::WhenCut::unavailable);
  events_.auth_up(response.has_value());
  if (!response) co_return response.error();
  const auto keys = jwt::from_jwks(response->jwks());
  if (!keys) co_return keys.error();
  verifier_.set_keys(*keys);
  const std::vector<std::string> resume_keys(response->resume_keys().begin(),
                                             response->resume_keys().end());
  tickets_.set_keys(resume_keys);
  events_.resume_keys(resume_keys);
  co_return Result<>();
}

Task<> TokenGate::watch() {
  for (;;) {
    co_await loop_.sleep(kRevocationsEvery);
    co_await poll_revocations();
    if (clock_.now() - keys_at_ < kKeysEvery) continue;
    (void)co_await fetch_keys();  // Told by auth_up; the old keys stay meanwhile.
    forget_old();
  }
}

Task<> TokenGate::poll_revocations() {
  v1::ListRevocationsRequest request;
  request.set_cursor(cursor_);
  const auto response = co_await rpc::call<v1::ListRevocationsResponse>(
      std::move(request), kDeadline, [this](auto* context, auto* sent, auto* received, auto done) {
        stub_.async()->ListRevocations(context, sent, received, std::move(done));
      });
  events_.auth_up(response.has_value());
  if (!response) co_return;
  cursor_ = response->cursor();
  for (const auto& session_id : response->session_ids()) revoke(session_id);
}

void TokenGate::forget_old() {
  const auto now = clock_.now();
  std::erase_if(revoked_, [&](const auto& entry) { return now - entry.second > kRevokedFor; });
}

}  // namespace confab::gateway
