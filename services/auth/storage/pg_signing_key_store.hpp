#pragma once

#include "auth/domain/signing_key_store.hpp"
#include "common/postgres/pool.hpp"

namespace confab::auth {

/// SigningKeyStore in the table auth.signing_keys.
class PgSigningKeyStore final : public SigningKeyStore {
 public:
  explicit PgSigningKeyStore(postgres::Pool& pool) : pool_(pool) {}

  Result<std::vector<SigningKey>> load() override;
  Result<> add_first(const SigningKey& key) override;
  Result<> rotate(const SigningKey& key, Time retire_at) override;

 private:
  postgres::Pool& pool_;
};

}  // namespace confab::auth
