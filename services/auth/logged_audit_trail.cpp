#include "auth/logged_audit_trail.hpp"

namespace confab::auth {
namespace {

/// Whether the caller is to blame, not the service.
bool is_refusal(ErrorCode code) { return error_traits(code).http_status < 500; }

}  // namespace

void LoggedAuditTrail::registered(const Result<std::int64_t>& user_id) {
  if (user_id) {
    metrics_.registrations_done.Increment();
    log_.info("user_registered", {{"user", *user_id}});
  } else if (is_refusal(user_id.error().code)) {
    metrics_.registrations_refused.Increment();
  } else {
    metrics_.registrations_failed.Increment();
  }
}

void LoggedAuditTrail::provisioned(std::size_t made, std::size_t found) {
  metrics_.accounts_provisioned.Increment(static_cast<double>(made));
  log_.info("accounts_provisioned", {{"made", made}, {"found", found}});
}

void LoggedAuditTrail::login(std::int64_t user_id, const std::optional<Error>& refused) {
  if (!refused) {
    metrics_.logins_done.Increment();
    log_.debug("login", {{"user", user_id}});
    return;
  }
  if (!is_refusal(refused->code)) {
    metrics_.logins_failed.Increment();  // The RPC layer logs why.
    return;
  }
  const bool throttled = refused->code == ErrorCode::login_rate_limited;
  (throttled ? metrics_.logins_throttled : metrics_.logins_invalid).Increment();
  log_.info("login_refused", {{"user", user_id}, {"reason", error_traits(refused->code).name}});
}

void LoggedAuditTrail::refresh(const Result<RotatedSession>& rotation) {
  if (!rotation) return metrics_.refreshes_failed.Increment();
  switch (rotation->outcome) {
    case RotationOutcome::rotated:
      return metrics_.refreshes_done.Increment();
    case RotationOutcome::repeated:
      return metrics_.refreshes_repeated.Increment();
    case RotationOutcome::unknown:
      return metrics_.refreshes_unknown.Increment();
    case RotationOutcome::reused:
      metrics_.refreshes_reused.Increment();
      metrics_.revocations.Increment();
      log_.warning("refresh_token_reused",
                   {{"user", rotation->user.id}, {"session", rotation->session_id}});
      return;
  }
}

void LoggedAuditTrail::logged_out(const std::string& session_id) {
  metrics_.revocations.Increment();
  log_.debug("logout", {{"session", session_id}});
}

void LoggedAuditTrail::rehashed(std::int64_t user_id, const Result<>& done) {
  if (done) {
    log_.info("password_rehashed", {{"user", user_id}});
  } else {
    log_.warning("password_not_rehashed", {{"user", user_id}, {"why", done.error().message}});
  }
}

void LoggedAuditTrail::renamed(std::int64_t user_id) {
  log_.info("user_renamed", {{"user", user_id}});
}

void LoggedAuditTrail::password_changed(std::int64_t user_id, const std::optional<Error>& refused,
                                        std::size_t ended) {
  if (refused) {
    log_.info("password_not_changed",
              {{"user", user_id}, {"reason", error_traits(refused->code).name}});
    return;
  }
  metrics_.revocations.Increment(static_cast<double>(ended));
  log_.info("password_changed", {{"user", user_id}, {"sessions_ended", ended}});
}

void LoggedAuditTrail::erased(std::int64_t user_id, std::size_t ended) {
  metrics_.revocations.Increment(static_cast<double>(ended));
  log_.info("user_deleted", {{"user", user_id}, {"sessions_ended", ended}});
}

}  // namespace confab::auth
