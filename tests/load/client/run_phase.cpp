#include "client/run_phase.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <utility>

namespace confab::load {
namespace {

constexpr double kNsPerSecond = 1e9;
constexpr std::int64_t kLongestPollNs = 20'000'000;
constexpr int kBurst = 32;  // Late messages sent before what arrived is looked at again.

std::int64_t in_ns(double seconds) { return static_cast<std::int64_t>(seconds * kNsPerSecond); }

}  // namespace

RunPhase::RunPhase(Fleet& fleet, RunOptions options, std::function<void(const char*)> tell)
    : fleet_(fleet), options_(options), tell_(std::move(tell)) {
  std::random_device random;
  prefix_ = fmt::format("{:08x}{:08x}-", random(), random());
}

std::string RunPhase::run() {
  find_rooms();
  if (active_.empty()) return R"("void":true,"why":"no connected client is in any room")";
  fleet_.forget_losses();
  fleet_.on_answer = [this](const Incoming& answer) { take_answer(answer); };
  fleet_.on_entry = [this](const Incoming& entry) { take_entry(entry); };
  start_ns_ = now_ns();
  begin_ns_ = start_ns_ + in_ns(options_.warm_seconds);
  end_ns_ = begin_ns_ + in_ns(options_.seconds);
  sent_.reserve(
      static_cast<std::size_t>((options_.warm_seconds + options_.seconds) * options_.rate + 100));
  for (auto now = start_ns_; !drained(now); now = now_ns()) step(now);
  fleet_.on_answer = [](const Incoming&) {};
  fleet_.on_entry = [](const Incoming&) {};
  return result();
}

/// Who sends and who hears; and forgets what was heard before.
void RunPhase::find_rooms() {
  rooms_.resize(fleet_.population().gids.size());
  for (auto& connection : fleet_.connections()) {
    const auto& rooms = fleet_.population().accounts[connection.account].rooms;
    connection.seen.assign(rooms.size(), {});
    if (connection.state != Connection::State::ready) continue;
    for (const auto room : rooms) {
      rooms_[room].members.push_back(connection.account);
      if (fleet_.options().rooms != Rooms::none) ++rooms_[room].receivers;
    }
  }
  for (std::uint32_t room = 0; room < rooms_.size(); ++room) {
    if (!rooms_[room].members.empty()) active_.push_back(room);
  }
}

void RunPhase::step(std::int64_t now) {
  if (!begun_ && now >= begin_ns_) {
    begun_ = true;
    tell_("begin");
  }
  if (begun_ && !ended_ && now >= end_ns_) {
    ended_ = true;
    tell_("end");
  }
  send_due(now);
  const auto next_due = start_ns_ + in_ns(static_cast<double>(sent_.size()) / options_.rate);
  auto wait = kLongestPollNs;
  if (next_due < end_ns_) wait = std::min(wait, next_due - now);
  if (!begun_) wait = std::min(wait, begin_ns_ - now);
  if (!ended_) wait = std::min(wait, end_ns_ - now);
  fleet_.poll(std::max<std::int64_t>(wait, 0));
}

void RunPhase::send_due(std::int64_t now) {
  for (int i = 0; i < kBurst; ++i) {
    const auto due = start_ns_ + in_ns(static_cast<double>(sent_.size()) / options_.rate);
    if (due > now || due >= end_ns_) return;
    send_one(due);
  }
}

void RunPhase::send_one(std::int64_t due_ns) {
  const auto number = sent_.size();
  const auto room = active_[number % active_.size()];
  const auto& members = rooms_[room].members;
  auto& sender = fleet_.connections()[members[number / active_.size() % members.size()]];
  const auto id = fleet_.next_id();
  if (sent_.empty()) first_id_ = id;
  sent_.push_back({due_ns, room});
  const auto data = fmt::format(R"({{"room":"{}","text":"{}","client_msg_id":"{}{}"}})",
                                fleet_.population().gids[room],
                                stamped_text(due_ns, options_.bytes), prefix_, number);
  fleet_.send(sender, command_message(fleet_.options().dialect, id, "send", data));
  if (!in_window(due_ns)) return;
  ++window_.sent;
  late_.add(now_ns() - due_ns);
}

void RunPhase::take_answer(const Incoming& answer) {
  if (answer.id < first_id_ || answer.id - first_id_ >= sent_.size()) return;
  auto& sent = sent_[answer.id - first_id_];
  if (std::exchange(sent.answered, true)) return;
  if (!answer.ok) {
    ++refused_;
    return;
  }
  ++acked_;
  auto& room = rooms_[sent.room];
  room.acked.add(answer.seq);
  expected_ += room.receivers;
  if (begun_ && !ended_) ++window_.acked;
  if (in_window(sent.due_ns)) ack_.add(now_ns() - sent.due_ns);
}

void RunPhase::take_entry(const Incoming& entry) {
  ++delivered_;
  if (begun_ && !ended_) ++window_.delivered;
  if (in_window(entry.sent_at)) delivery_.add(now_ns() - entry.sent_at);
}

/// Whether all that was sent has come, or will not come any more.
bool RunPhase::drained(std::int64_t now) {
  if (!ended_) return false;
  const auto answered = acked_ + refused_;
  const auto progress = answered + delivered_;
  if (progress != last_progress_ || last_progress_ns_ == 0) {
    last_progress_ = progress;
    last_progress_ns_ = now;
  }
  if (now - last_progress_ns_ > in_ns(options_.quiet_seconds)) return true;
  if (now - end_ns_ > in_ns(options_.drain_seconds)) return true;
  return answered == sent_.size() && delivered_ >= expected_;
}

Verdict RunPhase::verdict() {
  Verdict verdict;
  if (fleet_.options().rooms == Rooms::none) return verdict;
  for (const auto room : active_) {
    const auto& state = rooms_[room];
    if (state.acked.count() == 0) continue;
    for (const auto member : state.members) {
      const auto& rooms = fleet_.population().accounts[member].rooms;
      const auto place = std::find(rooms.begin(), rooms.end(), room) - rooms.begin();
      verdict.judge(fleet_.connections()[member].seen[static_cast<std::size_t>(place)],
                    state.acked.low(), state.acked.high());
    }
  }
  return verdict;
}

std::string RunPhase::why_void(const Verdict& verdict) const {
  const auto unanswered = sent_.size() - acked_ - refused_;
  if (fleet_.losses() > 0) {
    return fmt::format("{} connections were lost, the first: {}", fleet_.losses(),
                       fleet_.first_loss());
  }
  if (refused_ + unanswered > 0) {
    return fmt::format("{} sends were refused and {} not answered", refused_, unanswered);
  }
  if (fleet_.troubles() > 0) return fmt::format("{} resets or lags", fleet_.troubles());
  if (verdict.lost > 0 && delivered_ < expected_ &&
      now_ns() - end_ns_ > in_ns(options_.drain_seconds)) {
    return fmt::format("{} of {} deliveries were still missing {} s later", expected_ - delivered_,
                       expected_, options_.drain_seconds);
  }
  if (verdict.lost + verdict.repeated > 0) {
    return fmt::format("{} messages lost, {} repeated", verdict.lost, verdict.repeated);
  }
  if (options_.strict_order && verdict.reordered > 0) {
    return fmt::format("{} receivers got messages out of order", verdict.reordered);
  }
  return "";
}

std::string RunPhase::result() {
  const auto verdict = this->verdict();
  auto why = why_void(verdict);
  std::replace(why.begin(), why.end(), '"', '\'');
  std::replace(why.begin(), why.end(), '\\', '/');
  return fmt::format(
      R"("void":{},"why":"{}","sent":{},"acked":{},"refused":{},"delivered":{},"expected":{},)"
      R"("lost":{},"repeated":{},"reordered":{},"connections_lost":{},"troubles":{},)"
      R"("window":{{"seconds":{},"sent":{},"acked":{},"delivered":{}}},)"
      R"("delivery_ms":{},"ack_ms":{},"late_ms":{})",
      !why.empty(), why, sent_.size(), acked_, refused_, delivered_, expected_, verdict.lost,
      verdict.repeated, verdict.reordered, fleet_.losses(), fleet_.troubles(), options_.seconds,
      window_.sent, window_.acked, window_.delivered, delivery_.json(), ack_.json(), late_.json());
}

}  // namespace confab::load
