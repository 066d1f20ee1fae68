#include "gateway/rpc/append_pipe.hpp"

#include <boost/asio/post.hpp>

#include "common/base/failpoint.hpp"
#include "common/rpc/status.hpp"

namespace confab::gateway {
namespace {

namespace v1 = message_store::v1;

constexpr auto kMethod = "/confab.message_store.v1.MessageStore/Append";
constexpr std::chrono::milliseconds kFirstPause{50};
constexpr std::chrono::milliseconds kLongestPause{2000};

}  // namespace

AppendPipe::AppendPipe(boost::asio::io_context& io, std::vector<std::string> stores,
                       std::function<void(std::string_view)> broken, Options options)
    : io_(io),
      stores_(std::move(stores)),
      broken_(std::move(broken)),
      options_(std::move(options)),
      pause_(io),
      sweeper_(io) {
  connect();
  sweep();
}

AppendPipe::~AppendPipe() {
  *alive_ = false;
  if (stream_) stream_->close();
  if (preferred_) preferred_->close();
}

void AppendPipe::connect() {
  begin_with(std::make_shared<rpc::BidiCall>(
      io_, stores_[store_], kMethod,
      rpc::BidiCall::Events{.message = [this](std::string_view bytes) { on_results(bytes); },
                            .drained = [this] { flush(); },
                            .ended = [this](std::string_view why) { on_broken(why); }}));
  stream_->start();
  flush();
}

void AppendPipe::begin_with(std::shared_ptr<rpc::BidiCall> stream) {
  stream_ = std::move(stream);
  unanswered_ = false;
  silent_since_.reset();
}

void AppendPipe::append(v1::NewMessage message, Done done) {
  if (pending_.size() >= options_.max_in_flight) {
    return boost::asio::post(io_, [done = std::move(done)] {
      done(Error{ErrorCode::overloaded, "too many messages wait for the message-store",
                 std::chrono::milliseconds(500)});
    });
  }
  const auto correlation = next_correlation_++;
  message.set_correlation(correlation);
  const auto bytes = message.ByteSizeLong();
  pending_.emplace(correlation, Pending{std::move(message), bytes, std::move(done),
                                        options_.now() + options_.deadline});
  unsent_.push_back(correlation);
  flush_soon();
}

void AppendPipe::flush_soon() {
  if (flush_posted_) return;
  flush_posted_ = true;
  boost::asio::post(io_, [this, alive = alive_] {
    if (!*alive) return;
    flush_posted_ = false;
    flush();
  });
}

void AppendPipe::flush() {
  if (preferred_ && preferred_->heard() && holds_for_preferred()) return;
  if (!stream_ || !stream_->reached() || !stream_->is_idle() || unsent_.empty()) return;
  const auto now = options_.now();
  const bool wait = unanswered_ && now - written_at_ < options_.patience;
  if (wait && unsent_.size() < static_cast<std::size_t>(kMaxBatchMessages)) return;
  std::size_t bytes = 0;
  while (!unsent_.empty() && batch_.messages_size() < kMaxBatchMessages && bytes < kMaxBatchBytes) {
    const auto found = pending_.find(unsent_.front());
    unsent_.pop_front();
    if (found == pending_.end()) continue;  // Given up meanwhile.
    found->second.is_written = true;
    ++written_;
    batch_.mutable_messages()->UnsafeArenaAddAllocated(&found->second.message);
    bytes += found->second.bytes;
  }
  if (batch_.messages_size() == 0) return;
  unanswered_ = true;
  written_at_ = now;
  if (!silent_since_) silent_since_ = now;
  stream_->write(batch_);
  // They were lent: pending_ owns them.
  batch_.mutable_messages()->UnsafeArenaExtractSubrange(0, batch_.messages_size(), nullptr);
  if (failpoint::fails(failpoint::Step::sent_to_store)) {
    stream_->close();
    on_broken("failpoint");
  }
}

void AppendPipe::on_results(std::string_view bytes) {
  if (!results_.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    stream_->close();
    return on_broken("results that cannot be read");
  }
  next_pause_ = std::chrono::milliseconds(0);
  unanswered_ = false;
  silent_since_.reset();
  std::set<Line> failed;
  for (const auto& result : results_.results()) {
    if (result.has_appended()) {
      settle(result.correlation(), result.appended());
      continue;
    }
    auto error = rpc::from_proto(result.error());
    const auto refused = pending_.find(result.correlation());
    if (refused != pending_.end() && error_traits(error.code).retryable) {
      failed.insert(line_of(refused->second.message));
    }
    settle(result.correlation(), std::move(error));
  }
  refuse_followers(failed);
  flush_soon();
}

AppendPipe::Line AppendPipe::line_of(const v1::NewMessage& message) {
  return {message.room_id(), message.sender_id()};
}

void AppendPipe::refuse_followers(const std::set<Line>& lines) {
  if (lines.empty()) return;
  std::vector<std::uint64_t> followers;
  for (const auto& [correlation, pending] : pending_) {
    if (!pending.is_written && lines.contains(line_of(pending.message))) {
      followers.push_back(correlation);
    }
  }
  for (const auto correlation : followers) {
    settle(correlation, given_up(pending_.at(correlation)));
  }
}

void AppendPipe::settle(std::uint64_t correlation, Result<v1::Appended> outcome) {
  const auto found = pending_.find(correlation);
  if (found == pending_.end()) return;
  const auto done = std::move(found->second.done);
  if (found->second.is_written) --written_;
  pending_.erase(found);
  done(std::move(outcome));
}

void AppendPipe::on_broken(std::string_view why) {
  broken_(why);
  stream_.reset();
  unsent_.clear();
  for (auto& [correlation, pending] : pending_) {
    unsent_.push_back(correlation);
    if (std::exchange(pending.is_written, false)) pending.may_be_taken = true;
  }
  written_ = 0;
  if (preferred_ && preferred_->heard()) return flush_soon();  // Which goes on with it.
  store_ = (store_ + 1) % stores_.size();
  look_at_ = options_.now() + options_.return_after;
  pause_.expires_after(next_pause_);
  next_pause_ = std::clamp(next_pause_ * 2, kFirstPause, kLongestPause);
  pause_.async_wait([this](const boost::system::error_code& error) {
    if (!error && !stream_) connect();
  });
}

/// Gives up what has waited too long; one timer for all.
void AppendPipe::sweep() {
  const auto now = options_.now();
  std::set<Line> late;
  while (!pending_.empty() && pending_.begin()->second.deadline <= now) {
    late.insert(line_of(pending_.begin()->second.message));
    settle(pending_.begin()->first, given_up(pending_.begin()->second));
  }
  refuse_followers(late);
  leave_silent_store();
  look_for_preferred();
  flush();
  sweeper_.expires_after(options_.sweep);
  sweeper_.async_wait([this](const boost::system::error_code& error) {
    if (!error) sweep();
  });
}

void AppendPipe::leave_silent_store() {
  if (!stream_ || !silent_since_ || stores_.size() == 1) return;
  if (options_.now() - *silent_since_ < options_.silence) return;
  stream_->close();
  on_broken("the message-store does not answer");
  look_at_ = options_.now() + options_.return_after_silence;
}

/// Calls the preferred store beside the stream there is, which goes on meanwhile.
void AppendPipe::look_for_preferred() {
  if (store_ == 0 || preferred_ || options_.now() < look_at_) return;
  rpc::BidiCall::Events events;
  events.message = [this](std::string_view bytes) { on_results(bytes); };
  events.drained = [this] { flush(); };
  events.ended = [this](std::string_view why) {
    if (!preferred_) return on_broken(why);
    preferred_.reset();
    look_at_ = options_.now() + options_.return_after;
  };
  hold_until_.reset();
  preferred_ = std::make_shared<rpc::BidiCall>(io_, stores_.front(), kMethod, std::move(events));
  preferred_->start();
}

/// Changes over to the preferred store once the other owes no answers, so that nothing is sent
/// twice for it. True while nothing is to be sent for that; not for long, as the other may owe one
/// for a room that is held.
bool AppendPipe::holds_for_preferred() {
  if (written_ > 0) {
    if (!hold_until_) hold_until_ = options_.now() + options_.hold;
    return options_.now() < *hold_until_;
  }
  if (stream_) stream_->close();
  pause_.cancel();
  store_ = 0;
  options_.preferred_is_back();
  begin_with(std::exchange(preferred_, nullptr));
  return false;
}

Error AppendPipe::given_up(const Pending& pending) const {
  if (pending.may_be_taken || pending.is_written) {
    return {ErrorCode::unknown_outcome,
            "the message-store did not answer in time; send again with the same client_msg_id"};
  }
  return {ErrorCode::unavailable, "the message-store cannot be reached",
          std::chrono::milliseconds(1000)};
}

}  // namespace confab::gateway
