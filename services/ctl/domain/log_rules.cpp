// What the final log must be, by what was sent and acknowledged.
#include "ctl/domain/checker.hpp"

namespace confab::ctl {
namespace {

void check_once(const std::string& truth, const std::string& room, const History::Log& log,
                Findings& findings) {
  std::map<LogPlace, const LoggedEntry*> places;
  std::map<std::pair<std::int64_t, std::string>, LogPlace> sends;
  for (const auto& entry : log) {
    auto& known = places[entry.place];
    if (known != nullptr) {
      findings.add("POS_REUSED", truth, at_place(room, entry.place),
                   "has the entries " + known->msg_id + " and " + entry.msg_id);
    }
    known = &entry;
    if (entry.cmid.empty()) continue;
    const auto [first, is_new] = sends.try_emplace({entry.user, entry.cmid}, entry.place);
    if (!is_new) {
      findings.add("DUP_STORED", truth, at_place(room, entry.place),
                   entry.cmid + " is also stored at " + text(first->second));
      first->second = entry.place;
    }
  }
}

void compare_logs(const std::string& source, const std::string& room, const History::Log& log,
                  const History::Log& stored, Findings& findings) {
  if (log.size() != stored.size()) {
    findings.add("DIVERGENT", source, room,
                 "its history has " + std::to_string(log.size()) + " entries, the log " +
                     std::to_string(stored.size()));
  }
  for (std::size_t i = 0; i < std::min(log.size(), stored.size()); ++i) {
    const auto& a = log[i];
    const auto& b = stored[i];
    const bool same = a.place == b.place && a.msg_id == b.msg_id && a.type == b.type &&
                      a.cmid == b.cmid && a.hash == b.hash && a.user == b.user;
    if (!same) {
      findings.add("DIVERGENT", source, at_place(room, b.place),
                   "its history differs from the log");
    }
  }
}

}  // namespace

void check_acks(const IndexedHistory& history, Findings& findings) {
  for (const auto& op : history.ops()) {
    if (op.oks.empty()) continue;
    const auto& first = *op.oks.front();
    const auto where = at_place(first.room, first.place);
    const auto* const entry = history.stored(op);
    if (entry == nullptr) {
      findings.add("LOST_ACKED", op.first->client, where,
                   first.cmid + " was acknowledged and is not in the log");
    } else if (entry->place != first.place) {
      findings.add("ACK_POS_MISMATCH", op.first->client, where,
                   first.cmid + " is stored at " + text(entry->place));
    }
    for (std::size_t i = 1; i < op.oks.size(); ++i) {
      const auto& repeat = *op.oks[i];
      if (repeat.place == first.place && repeat.msg_id == first.msg_id) continue;
      findings.add("ACK_UNSTABLE", op.first->client, at_place(repeat.room, repeat.place),
                   "the first ack of " + first.cmid + " said " + text(first.place) + " and " +
                       first.msg_id + ", this one " + repeat.msg_id);
    }
  }
}

void check_places(const IndexedHistory& history, Findings& findings) {
  for (const auto& room : history.raw().rooms) {
    const auto& log = history.log(room.gid);
    check_once(history.raw().truth, room.gid, log, findings);
    std::uint64_t last = 0;
    for (const auto& entry : log) {
      if (entry.place.seq > last + 1) {
        findings.add("HOLE", history.raw().truth, at_place(room.gid, entry.place),
                     "the entry before it is " + std::to_string(last));
      }
      last = entry.place.seq;
    }
  }
  std::map<std::pair<std::string, LogPlace>, std::string> acked;
  for (const auto& op : history.ops()) {
    for (const auto* const ok : op.oks) {
      auto& other = acked[{ok->room, ok->place}];
      if (!other.empty() && other != ok->cmid) {
        findings.add("POS_REUSED", op.first->client, at_place(ok->room, ok->place),
                     "was acknowledged for " + other + " and for " + ok->cmid);
      }
      other = ok->cmid;
    }
  }
}

void check_contents(const IndexedHistory& history, Findings& findings) {
  std::map<std::pair<std::string, std::string>, const SendOp*> sent;
  for (const auto& op : history.ops()) sent[{op.first->room, op.first->cmid}] = &op;
  for (const auto& room : history.raw().rooms) {
    for (const auto& entry : history.log(room.gid)) {
      if (entry.type != "message") continue;
      const auto where = at_place(room.gid, entry.place);
      const auto found = sent.find({room.gid, entry.cmid});
      const auto* const op = found == sent.end() ? nullptr : found->second;
      if (op == nullptr || op->first->user != entry.user) {
        findings.add("PHANTOM", history.raw().truth, where,
                     "nobody sent " + entry.cmid + " as " + std::to_string(entry.user));
      } else if (op->first->hash != entry.hash) {
        findings.add("CORRUPT", history.raw().truth, where,
                     "the content of " + entry.cmid + " is not what was sent");
      } else if (op->refused()) {
        findings.add("ABORTED_BUT_STORED", op->first->client, where,
                     entry.cmid + " was refused with " + op->nacks.front()->code);
      }
    }
  }
}

void check_sources(const IndexedHistory& history, Findings& findings) {
  for (const auto& [source, rooms] : history.raw().logs) {
    if (source == history.raw().truth) continue;
    for (const auto& [room, log] : rooms) {
      compare_logs(source, room, log, history.log(room), findings);
    }
  }
}

}  // namespace confab::ctl
