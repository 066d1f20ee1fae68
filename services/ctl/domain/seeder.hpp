#pragma once

#include <iosfwd>

#include "ctl/domain/seed_layout.hpp"

namespace confab::ctl {

/// What was seeded.
struct Seeded {
  std::vector<Account> accounts;
  std::vector<RoomPlan> rooms;
  std::size_t accounts_made = 0;
  std::size_t rooms_made = 0;
  std::chrono::seconds expires_in{0};  ///< Of the tokens that were given first.
};

/// Makes what a plan says.
class Seeder {
 public:
  struct Secrets {
    std::string password;        ///< Empty: one that nobody knows.
    bool same_password = false;  ///< Hash it once for all.
    std::chrono::seconds token_life{0};
  };

  explicit Seeder(Provisioner& provisioner) : provisioner_(provisioner) {}

  /// The first error of a service. What was made until then stays, and is found the next time.
  [[nodiscard]] Result<Seeded> run(const SeedPlan& plan, const Secrets& secrets);

 private:
  Provisioner& provisioner_;
};

/// A line an account: token,username,gid,gid…
void write_tokens(const Seeded& seeded, std::ostream& out);

}  // namespace confab::ctl
