// In which order sends must be in the log.
#include <algorithm>
#include <limits>

#include "ctl/domain/checker.hpp"

namespace confab::ctl {
namespace {

struct StoredSend {
  const SendOp* op;
  const LoggedEntry* entry;
};

void check_room(const std::string& room, std::vector<StoredSend> sends, Findings& findings) {
  std::vector<const HistoryEvent*> acks;
  for (const auto& send : sends) {
    if (!send.op->oks.empty()) acks.push_back(send.op->oks.front());
  }
  std::stable_sort(acks.begin(), acks.end(), [](auto* a, auto* b) { return a->t < b->t; });
  std::stable_sort(sends.begin(), sends.end(),
                   [](auto& a, auto& b) { return a.op->first->t < b.op->first->t; });
  const HistoryEvent* highest = nullptr;
  auto next = acks.begin();
  for (const auto& [op, entry] : sends) {
    for (; next != acks.end() && (*next)->t < op->first->t; ++next) {
      if (highest == nullptr || (*next)->place > highest->place) highest = *next;
    }
    const bool good =
        highest == nullptr || highest->cmid == op->first->cmid || entry->place > highest->place;
    if (good) continue;
    findings.add("REALTIME_ORDER", op->first->client, at_place(room, entry->place),
                 op->first->cmid + " was sent after " + highest->cmid +
                     " had been acknowledged at " + text(highest->place));
  }
}

/// The rank of its first attempt; where somebody was told to try again, of any.
std::vector<double> ranks(const IndexedHistory& history, const SendOp& op) {
  std::vector<double> keys;
  for (const auto* const attempt : op.attempts) {
    if (attempt->key) keys.push_back(*attempt->key);
  }
  if (!history.refused_rooms().contains(op.first->room) && keys.size() > 1) keys.resize(1);
  return keys;
}

void check_line(const IndexedHistory& history, std::vector<StoredSend> sends, Findings& findings) {
  std::stable_sort(sends.begin(), sends.end(),
                   [](auto& a, auto& b) { return a.entry->place < b.entry->place; });
  double last = -std::numeric_limits<double>::infinity();
  const SendOp* before = nullptr;
  for (const auto& [op, entry] : sends) {
    const auto keys = ranks(history, *op);
    const auto rank =
        std::find_if(keys.begin(), keys.end(), [&](double key) { return key > last; });
    if (rank == keys.end()) {
      findings.add("FIFO", op->first->client, at_place(op->first->room, entry->place),
                   op->first->cmid + " was sent before " +
                       (before == nullptr ? std::string("others") : before->first->cmid) +
                       " and is stored after it");
      continue;
    }
    last = *rank;
    before = op;
  }
}

}  // namespace

void check_real_time(const IndexedHistory& history, Findings& findings) {
  std::map<std::string, std::vector<StoredSend>> rooms;
  for (const auto& op : history.ops()) {
    const auto* const entry = history.stored(op);
    if (entry != nullptr) rooms[op.first->room].push_back({&op, entry});
  }
  for (auto& [room, sends] : rooms) check_room(room, std::move(sends), findings);
}

void check_fifo(const IndexedHistory& history, Findings& findings) {
  std::map<std::pair<std::string, std::string>, std::vector<StoredSend>> lines;
  for (const auto& op : history.ops()) {
    const auto* const entry = history.stored(op);
    if (entry == nullptr || op.given_up()) continue;
    lines[{op.first->client, op.first->room}].push_back({&op, entry});
  }
  for (auto& [line, sends] : lines) check_line(history, std::move(sends), findings);
}

}  // namespace confab::ctl
