#include "gateway/net/frame_loop.hpp"

#include <boost/asio/post.hpp>
#include <utility>

#include "gateway/net/frame_socket.hpp"

namespace confab::gateway {
namespace {

constexpr std::size_t kReadBufferBytes = 64 * 1024;
/// So many outboxes, and no bigger ones, are kept for the next who need one.
constexpr std::size_t kSpareOutboxes = 256;
constexpr std::size_t kSpareChunks = 32;

}  // namespace

FrameLoop::FrameLoop(boost::asio::io_context& io, DeadlineWheel::Now now)
    : io_(io), deadlines_(io, now), read_buffer_(kReadBufferBytes) {}

void FrameLoop::flush_later(FrameSocket& socket) {
  if (socket.unflushed_at_ != FrameSocket::kFlushed) return;
  socket.unflushed_at_ = static_cast<std::uint32_t>(unflushed_.size());
  unflushed_.push_back(&socket);
  if (unflushed_.size() == 1) post_flush();
}

void FrameLoop::forget(FrameSocket& socket) {
  if (socket.unflushed_at_ == FrameSocket::kFlushed) return;
  unflushed_[socket.unflushed_at_] = nullptr;
  socket.unflushed_at_ = FrameSocket::kFlushed;
}

void FrameLoop::post_flush() {
  boost::asio::post(io_, [self = shared_from_this()] { self->flush_all(); });
}

void FrameLoop::flush_all() {
  // A flush may add to the list, and take others off it. What it adds waits for the next turn.
  const auto end = unflushed_.size();
  for (std::size_t i = 0; i < end; ++i) {
    auto* socket = std::exchange(unflushed_[i], nullptr);
    if (socket == nullptr) continue;
    socket->unflushed_at_ = FrameSocket::kFlushed;
    socket->flush();
  }
  unflushed_.erase(unflushed_.begin(), unflushed_.begin() + static_cast<std::ptrdiff_t>(end));
  for (std::size_t i = 0; i < unflushed_.size(); ++i) {
    if (unflushed_[i] != nullptr) unflushed_[i]->unflushed_at_ = static_cast<std::uint32_t>(i);
  }
  if (!unflushed_.empty()) post_flush();
}

std::unique_ptr<FrameOutbox> FrameLoop::take_outbox() {
  if (spare_.empty()) return std::make_unique<FrameOutbox>();
  auto outbox = std::move(spare_.back());
  spare_.pop_back();
  return outbox;
}

void FrameLoop::give_back(std::unique_ptr<FrameOutbox> outbox) {
  if (spare_.size() >= kSpareOutboxes || outbox->capacity() > kSpareChunks) return;
  outbox->clear();
  spare_.push_back(std::move(outbox));
}

}  // namespace confab::gateway
