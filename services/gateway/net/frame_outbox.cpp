#include "gateway/net/frame_outbox.hpp"

#include <memory>
#include <utility>

namespace confab::gateway {
namespace {

constexpr std::size_t kFrameOverheadBytes = 32;
/// So many sent chunks may stand before the first one that waits.
constexpr std::size_t kMaxSentChunks = 64;

iovec part(const char* data, std::size_t size) { return {const_cast<char*>(data), size}; }

std::string pong_frame(std::string_view payload) {
  std::string frame;
  append_frame_header(frame, Opcode::pong, payload.size());
  return frame.append(payload);
}

}  // namespace

void FrameOutbox::push_message(Opcode opcode, SharedBytes message) {
  auto& chunk = chunks_.emplace_back();
  chunk.bytes = std::move(message);
  chunk.kind = Kind::message;
  chunk.header_size =
      static_cast<std::uint8_t>(put_frame_header(chunk.header, opcode, chunk.bytes->size()));
  message_bytes_ += chunk.bytes->size() + kFrameOverheadBytes;
}

void FrameOutbox::push_shared(SharedBytes frames) {
  if (frames->empty()) return;
  shared_bytes_ += frames->size();
  auto& chunk = chunks_.emplace_back();
  chunk.bytes = std::move(frames);
  chunk.kind = Kind::shared;
}

void FrameOutbox::push_raw(std::string bytes) {
  chunks_.emplace_back().bytes = std::make_shared<const std::string>(std::move(bytes));
}

void FrameOutbox::push_pong(std::string_view payload) {
  if (pong_ != nullptr) {
    *pong_ = pong_frame(payload);
    return;
  }
  auto frame = std::make_shared<std::string>(pong_frame(payload));
  pong_ = frame.get();
  chunks_.emplace_back().bytes = std::move(frame);
}

std::size_t FrameOutbox::describe(std::span<iovec> parts) const {
  std::size_t count = 0;
  auto skip = begun_;
  for (auto i = first_; i < chunks_.size() && count + 2 <= parts.size(); ++i, skip = 0) {
    const auto& chunk = chunks_[i];
    if (skip < chunk.header_size) {
      parts[count++] = part(chunk.header.data() + skip, chunk.header_size - skip);
    }
    const auto in_payload = skip < chunk.header_size ? 0 : skip - chunk.header_size;
    if (in_payload < chunk.bytes->size()) {
      parts[count++] = part(chunk.bytes->data() + in_payload, chunk.bytes->size() - in_payload);
    }
  }
  return count;
}

std::size_t FrameOutbox::sent(std::size_t bytes) {
  std::size_t payload = 0;
  begun_ += bytes;
  while (begun_ > 0) {
    auto& chunk = chunks_[first_];
    if (chunk.bytes.get() == pong_) pong_ = nullptr;
    if (begun_ < chunk.size()) break;
    begun_ -= chunk.size();
    if (chunk.kind != Kind::raw) payload += chunk.bytes->size();
    leave(chunk);
    chunk.bytes.reset();
    ++first_;
  }
  if (empty()) {
    chunks_.clear();
    first_ = 0;
  } else if (first_ > kMaxSentChunks && first_ * 2 > chunks_.size()) {
    chunks_.erase(chunks_.begin(), chunks_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
  return payload;
}

void FrameOutbox::leave(const Chunk& chunk) {
  if (chunk.kind == Kind::message) message_bytes_ -= chunk.bytes->size() + kFrameOverheadBytes;
  if (chunk.kind == Kind::shared) shared_bytes_ -= chunk.bytes->size();
}

void FrameOutbox::clear() {
  chunks_.clear();
  first_ = begun_ = message_bytes_ = shared_bytes_ = 0;
  pong_ = nullptr;
}

}  // namespace confab::gateway
