#include "auth/storage/user_ids.hpp"

namespace confab::auth {
namespace {

// Some tools restore rows without the sequence.
constexpr auto kSkip =
    "SELECT setval(pg_get_serial_sequence('auth.users', 'id'), $1 + greatest("
    "(SELECT last_value FROM auth.users_id_seq), (SELECT max(id) FROM auth.users)))";

}  // namespace

Result<std::int64_t> skip_user_ids(postgres::Pool& pool, std::int64_t count) {
  return pool.transact([&](pqxx::work& transaction) -> Result<std::int64_t> {
    return transaction.exec_params1(kSkip, count)[0].as<std::int64_t>();
  });
}

}  // namespace confab::auth
