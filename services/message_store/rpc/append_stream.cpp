#include "message_store/rpc/append_stream.hpp"

#include "common/base/failpoint.hpp"
#include "common/rpc/status.hpp"
#include "message_store/rpc/conversions.hpp"

namespace confab::message_store {

AppendStream* AppendStream::begin(RoomLanes& lanes, const FailureLog& failed) {
  const auto stream = std::make_shared<AppendStream>(lanes, failed);
  stream->self_ = stream;
  stream->StartRead(&stream->incoming_);
  return stream.get();
}

void AppendStream::OnReadDone(bool ok) {
  if (!ok) {
    const std::lock_guard lock(mutex_);
    reads_over_ = true;
    return finish_if_over();
  }
  {
    const std::lock_guard lock(mutex_);
    in_flight_ += static_cast<std::size_t>(incoming_.messages_size());
  }
  std::vector<NewMessage> messages;
  std::vector<Settled> refused;
  messages.reserve(static_cast<std::size_t>(incoming_.messages_size()));
  for (auto& message : *incoming_.mutable_messages()) {
    const auto correlation = message.correlation();
    if (auto parsed = from_proto(std::move(message))) {
      messages.push_back(std::move(*parsed));
    } else {
      refused.push_back({correlation, parsed.error()});
    }
  }
  if (!refused.empty()) settle(refused);
  lanes_.append(messages, self_);
  const std::lock_guard lock(mutex_);
  reading_paused_ = unanswered() >= kMaxInFlight;
  if (!reading_paused_ && !finished_) StartRead(&incoming_);
}

void AppendStream::settle(std::span<const Settled> results) {
  const std::lock_guard lock(mutex_);
  in_flight_ -= results.size();
  if (!broken_) {
    for (const auto& [correlation, result] : results) {
      auto& out = *settled_.add_results();
      out.set_correlation(correlation);
      if (result) {
        to_proto(*result, *out.mutable_appended());
      } else {
        failed_("Append", result.error());
        rpc::to_proto(rpc::for_caller(result.error()), *out.mutable_error());
      }
    }
    write_next();
  }
  read_next();
  finish_if_over();
}

std::size_t AppendStream::unanswered() const {
  return in_flight_ + in_write_ + static_cast<std::size_t>(settled_.results_size());
}

void AppendStream::read_next() {
  if (!reading_paused_ || finished_ || unanswered() >= kMaxInFlight / 2) return;
  reading_paused_ = false;
  StartRead(&incoming_);
}

void AppendStream::write_next() {
  if (write_under_way_ || finished_ || settled_.results_size() == 0) return;
  writing_.Clear();
  writing_.Swap(&settled_);
  in_write_ = static_cast<std::size_t>(writing_.results_size());
  write_under_way_ = true;
  StartWrite(&writing_);
  failpoint::reach(failpoint::Step::answered);
}

void AppendStream::OnWriteDone(bool ok) {
  const std::lock_guard lock(mutex_);
  write_under_way_ = false;
  in_write_ = 0;
  if (ok) {
    write_next();
    read_next();
  } else {
    broken_ = true;
  }
  finish_if_over();
}

void AppendStream::OnCancel() {
  const std::lock_guard lock(mutex_);
  broken_ = true;
  finish_if_over();
}

/// The gateway has gone, or has said all and heard all. What is still in a lane is stored all the
/// same; its gateway asks again with the same ids.
void AppendStream::finish_if_over() {
  const bool heard_all = reads_over_ && in_flight_ == 0 && settled_.results_size() == 0;
  if (finished_ || write_under_way_ || !(broken_ || heard_all)) return;
  finished_ = true;
  Finish(grpc::Status::OK);
}

void AppendStream::OnDone() { const auto last_of_grpc = std::move(self_); }

}  // namespace confab::message_store
