#include "load/store/append_client.hpp"

namespace confab::load {

AppendClient::AppendClient(message_store::v1::MessageStore::Stub& stub, Gather gather)
    : gather_(gather) {
  stub.async()->Append(&context_, this);
  AddHold();
  StartRead(&incoming_);
  StartCall();
}

void AppendClient::send(message_store::v1::NewMessage message, Time due) {
  const std::lock_guard lock(mutex_);
  message.set_correlation(due_.size());
  due_.push_back(due);
  ++unanswered_;
  *waiting_.add_messages() = std::move(message);
  write_next();
}

void AppendClient::write_next() {
  if (over_ || write_under_way_ || waiting_.messages_size() == 0) return;
  if (gather_ == Gather::answer && awaits_answer_ && waiting_.messages_size() < kMaxBatch) return;
  writing_.Clear();
  writing_.Swap(&waiting_);
  write_under_way_ = true;
  awaits_answer_ = true;
  ++counts_.batches;
  StartWrite(&writing_);
}

void AppendClient::OnWriteDone(bool ok) {
  const std::lock_guard lock(mutex_);
  write_under_way_ = false;
  if (ok) write_next();
}

void AppendClient::OnReadDone(bool ok) {
  if (!ok) return;
  const auto now = std::chrono::steady_clock::now();
  {
    const std::lock_guard lock(mutex_);
    for (const auto& result : incoming_.results()) count(result, now);
    awaits_answer_ = false;
    write_next();
  }
  changed_.notify_all();
  StartRead(&incoming_);
}

void AppendClient::count(const message_store::v1::AppendResult& result, Time now) {
  --unanswered_;
  if (result.has_appended()) {
    ++counts_.stored;
    const auto took = now - due_.at(result.correlation());
    counts_.latency_us.push_back(std::chrono::duration<float, std::micro>(took).count());
    return;
  }
  if (counts_.failed++ == 0) {
    counts_.first_error = result.error().code() + ": " + result.error().message();
  }
}

void AppendClient::await_fewer_unanswered(std::size_t messages) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return over_ || unanswered_ < messages; });
}

void AppendClient::finish() {
  await_fewer_unanswered(1);
  StartWritesDone();
  RemoveHold();
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return over_; });
}

void AppendClient::OnDone(const grpc::Status& status) {
  const std::lock_guard lock(mutex_);
  over_ = true;
  if (!status.ok()) counts_.first_error = status.error_message();
  changed_.notify_all();
}

AppendClient::Counts AppendClient::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(counts_, {});
}

}  // namespace confab::load
