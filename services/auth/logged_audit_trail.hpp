#pragma once

#include "auth/auth_metrics.hpp"
#include "auth/domain/audit_trail.hpp"
#include "common/logging/logger.hpp"

namespace confab::auth {

/// AuditTrail as counters and log lines. A success is counted, and logged at level debug.
class LoggedAuditTrail final : public AuditTrail {
 public:
  LoggedAuditTrail(AuthMetrics& metrics, logging::Logger& log) : metrics_(metrics), log_(log) {}

  void registered(const Result<std::int64_t>& user_id) override;
  void provisioned(std::size_t made, std::size_t found) override;
  void login(std::int64_t user_id, const std::optional<Error>& refused) override;
  void refresh(const Result<RotatedSession>& rotation) override;
  void logged_out(const std::string& session_id) override;
  void rehashed(std::int64_t user_id, const Result<>& done) override;
  void renamed(std::int64_t user_id) override;
  void password_changed(std::int64_t user_id, const std::optional<Error>& refused,
                        std::size_t ended) override;
  void erased(std::int64_t user_id, std::size_t ended) override;

 private:
  AuthMetrics& metrics_;
  logging::Logger& log_;
};

}  // namespace confab::auth
