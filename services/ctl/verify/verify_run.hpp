#pragma once

#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "ctl/domain/history.hpp"
#include "ctl/domain/verify_plan.hpp"
#include "ctl/verify/verify_world.hpp"

namespace confab::ctl {

/// What came of a run.
struct VerifyOutcome {
  History history;
  std::size_t moves = 0;
  /// What was left behind at the installation, in words.
  std::vector<std::string> left;
};

/// Tries a live installation: throw-away users talk for a while, with repeats, with moves to other
/// gateways, and with leaving and entering; then all logs are read. No faults.
class VerifyRun {
 public:
  static constexpr std::chrono::seconds kSettle{30};  ///< Until it counts as not converged.
  static constexpr std::chrono::milliseconds kStale{5000};

  /// `say` is told what goes on.
  VerifyRun(VerifyPlan plan, std::vector<Door> doors, Random& random,
            std::function<void(const std::string&)> say);

  /// Blocks. An error when it could not be judged: nothing reached, or not let in. SIGINT and
  /// SIGTERM end the talking early.
  [[nodiscard]] Result<VerifyOutcome> run();

 private:
  void say_what_stays();
  [[nodiscard]] Task<Result<>> play();
  [[nodiscard]] Task<Result<>> connect();
  [[nodiscard]] Task<> talk();
  [[nodiscard]] Task<> settle();
  [[nodiscard]] Task<Result<>> read_logs();
  [[nodiscard]] Task<bool> has_settled();
  [[nodiscard]] Task<> change_members();
  void say_something();
  void move_somebody();
  [[nodiscard]] Task<> pause(std::chrono::milliseconds time);
  [[nodiscard]] std::size_t below(std::size_t bound) { return random_.u64() % bound; }
  [[nodiscard]] bool is_in(const VerifyClient& client, const std::string& gid) const;

  const VerifyPlan plan_;
  const std::vector<Door> doors_;
  Random& random_;
  std::function<void(const std::string&)> say_;
  Network network_;
  Recorder recorder_;
  VerifyWorld world_{network_, doors_, random_};
  std::vector<std::shared_ptr<VerifyClient>> clients_;
  std::set<std::pair<std::string, std::int64_t>> out_;  // Who has left which room.
  VerifyOutcome outcome_;
  std::size_t changes_ = 0;
  double talked_s_ = 0;
  bool is_stopped_ = false;
  bool failed_ = false;  // A client has ended by a fault of its own.
};

}  // namespace confab::ctl
