#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace confab::ctl {

/// What the checker can find, and the promise of docs/contract.md that each breaks; as in
/// tests/chaos/checker/codes.js.
struct FindingCode {
  std::string_view name;
  std::string_view clause;
  std::string_view rule;
};

inline constexpr std::array kFindingCodes{
    FindingCode{"LOST_ACKED", "D1", "what was acknowledged is in the final log"},
    FindingCode{"ACK_POS_MISMATCH", "D1", "it is there at the acknowledged place"},
    FindingCode{"ACK_UNSTABLE", "D2", "a repeat gets the first answer again"},
    FindingCode{"DUP_STORED", "D2", "one (room, sender, client_msg_id) is one entry"},
    FindingCode{"POS_REUSED", "D3", "one (room, epoch, seq) is one entry"},
    FindingCode{"HOLE", "D3", "seq counts 1, 2, 3 ... without holes"},
    FindingCode{"PHANTOM", "D9", "nothing is stored that nobody sent"},
    FindingCode{"CORRUPT", "D9", "what is stored is what was sent"},
    FindingCode{"ABORTED_BUT_STORED", "D9", "what was refused is not stored"},
    FindingCode{"REALTIME_ORDER", "D4", "what is sent after another's ack comes after it"},
    FindingCode{"FIFO", "D5", "what one client sends to a room keeps its order"},
    FindingCode{"GAP_VISIBLE", "D6", "a client sees +1, or a reset: no gap"},
    FindingCode{"DUP_VISIBLE", "D6", "a client sees +1, or a reset: nothing twice or backwards"},
    FindingCode{"EPOCH_WITHOUT_RESET", "D6", "another epoch begins with a reset"},
    FindingCode{"DIVERGENT", "D3", "what is seen or read is what the log has at that place"},
    FindingCode{"DELIVERED_NOT_STORED", "D3", "what is seen is in the final log"},
    FindingCode{"NOT_CONVERGED", "D7",
                "all members come to see the whole log, and all sends get an answer"},
    FindingCode{"STALE", "D7", "what was acknowledged is seen in time"},
    FindingCode{"AFTER_LEAVE", "D8", "nobody sees an entry after their leave"},
    FindingCode{"VACUOUS", "honesty", "enough was sent and seen to mean anything"},
};

struct Violation {
  std::string code;
  std::string who;
  std::string where;
  std::string what;
};

class Findings {
 public:
  /// Violations told of each code; all are counted.
  static constexpr std::size_t kTold = 20;

  /// `who` broke or saw it, `where` is the room and place, `what` a sentence.
  void add(std::string_view code, std::string who, std::string where, std::string what) {
    if (++counts_[std::string(code)] > kTold) return;
    violations_.push_back({std::string(code), std::move(who), std::move(where), std::move(what)});
  }
  [[nodiscard]] const std::map<std::string, std::size_t>& counts() const { return counts_; }
  [[nodiscard]] const std::vector<Violation>& violations() const { return violations_; }

 private:
  std::map<std::string, std::size_t> counts_;
  std::vector<Violation> violations_;
};

}  // namespace confab::ctl
