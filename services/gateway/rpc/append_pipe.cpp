#include "gateway/rpc/append_pipe.hpp"

#include <boost/asio/post.hpp>

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
}

void AppendPipe::connect() {
  stream_ = std::make_shared<rpc::BidiCall>(
      io_, stores_[store_], kMethod,
      rpc::BidiCall::Events{.message = [this](std::string_view bytes) { on_results(bytes); },
                            .drained = [this] { flush(); },
                            .ended = [this](std::string_view why) { on_broken(why); }});
  unanswered_ = false;
  silent_since_.reset();
  connected_at_ = options_.now();
  stream_->start();
  flush();
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
  pending_.emplace(correlation, Pending{std::move(message), std::move(done),
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
  if (!stream_ || !stream_->is_idle() || unsent_.empty()) return;
  const auto now = options_.now();
  const bool wait = unanswered_ && now - written_at_ < options_.patience;
  if (wait && unsent_.size() < static_cast<std::size_t>(kMaxBatchMessages)) return;
  std::size_t bytes = 0;
  while (!unsent_.empty() && batch_.messages_size() < kMaxBatchMessages && bytes < kMaxBatchBytes) {
    const auto found = pending_.find(unsent_.front());
    unsent_.pop_front();
    if (found == pending_.end()) continue;  // Given up meanwhile.
    found->second.is_written = true;
    batch_.mutable_messages()->UnsafeArenaAddAllocated(&found->second.message);
    bytes += found->second.message.text().size() + found->second.message.attributes().size();
  }
  if (batch_.messages_size() == 0) return;
  unanswered_ = true;
  written_at_ = now;
  if (!silent_since_) silent_since_ = now;
  stream_->write(batch_);
  // They were lent: pending_ owns them.
  batch_.mutable_messages()->UnsafeArenaExtractSubrange(0, batch_.messages_size(), nullptr);
}

void AppendPipe::on_results(std::string_view bytes) {
  if (!results_.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    stream_->close();
    return on_broken("results that cannot be read");
  }
  next_pause_ = std::chrono::milliseconds(0);
  unanswered_ = false;
  silent_since_.reset();
  for (const auto& result : results_.results()) {
    if (result.has_appended()) {
      settle(result.correlation(), result.appended());
    } else {
      settle(result.correlation(), rpc::from_proto(result.error()));
    }
  }
  flush_soon();
}

void AppendPipe::settle(std::uint64_t correlation, Result<v1::Appended> outcome) {
  const auto found = pending_.find(correlation);
  if (found == pending_.end()) return;
  const auto done = std::move(found->second.done);
  pending_.erase(found);
  done(std::move(outcome));
}

void AppendPipe::on_broken(std::string_view why) {
  broken_(why);
  const bool reached = std::exchange(stream_, nullptr)->reached();
  unsent_.clear();
  for (auto& [correlation, pending] : pending_) {
    unsent_.push_back(correlation);
    if (std::exchange(pending.is_written, false) && reached) pending.may_be_taken = true;
  }
  store_ = (store_ + 1) % stores_.size();
  pause_.expires_after(next_pause_);
  next_pause_ = std::clamp(next_pause_ * 2, kFirstPause, kLongestPause);
  pause_.async_wait([this](const boost::system::error_code& error) {
    if (!error) connect();
  });
}

/// Gives up what has waited too long; one timer for all.
void AppendPipe::sweep() {
  const auto now = options_.now();
  while (!pending_.empty() && pending_.begin()->second.deadline <= now) {
    settle(pending_.begin()->first, given_up(pending_.begin()->second));
  }
  leave_silent_store();
  return_to_preferred();
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
}

/// Nothing is under way then, so that nothing is sent twice for it.
void AppendPipe::return_to_preferred() {
  if (!stream_ || store_ == 0 || !pending_.empty()) return;
  if (options_.now() - connected_at_ < options_.return_after) return;
  if (!options_.is_preferred_well()) return;
  stream_->close();
  store_ = 0;
  connect();
}

Error AppendPipe::given_up(const Pending& pending) const {
  if (pending.may_be_taken || (pending.is_written && stream_ && stream_->reached())) {
    return {ErrorCode::unknown_outcome,
            "the message-store did not answer in time; send again with the same client_msg_id"};
  }
  return {ErrorCode::unavailable, "the message-store cannot be reached",
          std::chrono::milliseconds(1000)};
}

}  // namespace confab::gateway
