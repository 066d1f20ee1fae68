#include "gateway/rpc/append_pipe.hpp"

#include <boost/asio/post.hpp>
#include <future>

#include "common/rpc/status.hpp"

namespace confab::gateway {
namespace {

namespace v1 = message_store::v1;

constexpr std::chrono::milliseconds kFirstPause{50};
constexpr std::chrono::milliseconds kLongestPause{2000};

}  // namespace

/// One gRPC call. gRPC's threads enter by the On… methods and post to the loop; once the pipe has
/// let go of it (`pipe_` null, loop only), what they post does nothing. It keeps itself until
/// OnDone.
class AppendPipe::Stream final : public grpc::ClientBidiReactor<v1::AppendBatch, v1::AppendResults>,
                                 public std::enable_shared_from_this<Stream> {
 public:
  Stream(AppendPipe& pipe, std::shared_ptr<Stub> stub)
      : pipe_(&pipe), io_(pipe.io_), stub_(std::move(stub)) {}

  void begin() {
    self_ = shared_from_this();
    stub_->async()->Append(&context_, this);
    AddHold();  // For writes begun by the loop, outside gRPC's callbacks.
    StartRead(&incoming_);
    StartCall();
  }

  /// Loop only, one at a time.
  void write(v1::AppendBatch batch) {
    if (!held_) return;  // Ended by the other side; on_broken() is on its way.
    outgoing_ = std::move(batch);
    StartWrite(&outgoing_);
  }

  /// Whether the call has left this process: until a connection takes it, its peer is the name that
  /// was dialled.
  [[nodiscard]] bool reached() const {
    const auto peer = context_.peer();
    return peer.starts_with("ipv4:") || peer.starts_with("ipv6:") || peer.starts_with("unix:");
  }

  /// Loop only: nothing more comes from this stream.
  void abandon() {
    pipe_ = nullptr;
    context_.TryCancel();
    release();
  }

  /// Blocks until gRPC has done with it; after abandon(), at the end of the process.
  void await_end() { ended_.get_future().wait(); }

  void OnReadDone(bool ok) override {
    if (!ok) return on_end();
    auto results = std::make_shared<v1::AppendResults>(std::move(incoming_));
    incoming_.Clear();
    post([results](AppendPipe& pipe) { pipe.on_results(*results); });
    StartRead(&incoming_);
  }

  void OnWriteDone(bool ok) override {
    if (ok) post([](AppendPipe& pipe) { pipe.on_written(); });
  }

  void OnDone(const grpc::Status& status) override {
    post([why = status.error_message(), there = reached()](AppendPipe& pipe) {
      pipe.on_broken(why, there);
    });
    const auto last_of_grpc = std::move(self_);
    ended_.set_value();
  }

 private:
  /// The call is over on the other side: let OnDone come.
  void on_end() {
    boost::asio::post(io_, [self = shared_from_this()] { self->release(); });
  }

  void release() {
    if (std::exchange(held_, false)) RemoveHold();
  }

  template <typename Act>
  void post(Act act) {
    boost::asio::post(io_, [self = shared_from_this(), act] {
      if (self->pipe_ != nullptr) act(*self->pipe_);
    });
  }

  AppendPipe* pipe_;
  boost::asio::io_context& io_;
  std::shared_ptr<Stub> stub_;
  grpc::ClientContext context_;
  v1::AppendResults incoming_;
  v1::AppendBatch outgoing_;
  std::shared_ptr<Stream> self_;
  bool held_ = true;
  std::promise<void> ended_;
};

AppendPipe::AppendPipe(boost::asio::io_context& io, std::vector<std::shared_ptr<Stub>> stores,
                       std::function<void(std::string_view)> broken, Options options)
    : io_(io),
      stores_(std::move(stores)),
      broken_(std::move(broken)),
      options_(options),
      pause_(io),
      sweeper_(io) {
  connect();
  sweep();
}

AppendPipe::~AppendPipe() {
  *alive_ = false;
  if (!stream_) return;
  stream_->abandon();
  stream_->await_end();
}

void AppendPipe::connect() {
  stream_ = std::make_shared<Stream>(*this, stores_[store_]);
  writing_ = false;
  unanswered_ = false;
  stream_->begin();
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
                                        std::chrono::steady_clock::now() + options_.deadline});
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
  if (writing_ || !stream_ || unsent_.empty()) return;
  const auto now = std::chrono::steady_clock::now();
  const bool wait = unanswered_ && now - written_at_ < options_.patience;
  if (wait && unsent_.size() < static_cast<std::size_t>(kMaxBatchMessages)) return;
  v1::AppendBatch batch;
  std::size_t bytes = 0;
  while (!unsent_.empty() && batch.messages_size() < kMaxBatchMessages && bytes < kMaxBatchBytes) {
    const auto found = pending_.find(unsent_.front());
    unsent_.pop_front();
    if (found == pending_.end()) continue;  // Given up meanwhile.
    found->second.is_written = true;
    *batch.add_messages() = found->second.message;
    bytes += found->second.message.text().size() + found->second.message.attributes().size();
  }
  if (batch.messages_size() == 0) return;
  writing_ = true;
  unanswered_ = true;
  written_at_ = now;
  stream_->write(std::move(batch));
}

void AppendPipe::on_written() {
  writing_ = false;
  flush();
}

void AppendPipe::on_results(const v1::AppendResults& results) {
  next_pause_ = std::chrono::milliseconds(0);
  unanswered_ = false;
  for (const auto& result : results.results()) {
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

void AppendPipe::on_broken(const std::string& why, bool reached) {
  broken_(why);
  stream_->abandon();
  stream_.reset();
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
  const auto now = std::chrono::steady_clock::now();
  while (!pending_.empty() && pending_.begin()->second.deadline <= now) {
    settle(pending_.begin()->first, given_up(pending_.begin()->second));
  }
  flush();
  sweeper_.expires_after(options_.sweep);
  sweeper_.async_wait([this](const boost::system::error_code& error) {
    if (!error) sweep();
  });
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
