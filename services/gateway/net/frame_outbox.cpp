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

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

#include <array>

namespace confab::gateway {
namespace {

SharedBytes bytes(std::string_view text) { return std::make_shared<const std::string>(text); }

/// Takes out so many bytes at a time what waits.
std::string drain(FrameOutbox& outbox, std::size_t step, std::size_t parts = 64) {
  std::string out;
  std::array<iovec, 64> described;
  while (!outbox.empty()) {
    std::string offered;
    const auto count = outbox.describe(std::span(described).first(parts));
    for (std::size_t i = 0; i < count; ++i) {
      offered.append(static_cast<const char*>(described[i].iov_base), described[i].iov_len);
    }
    offered.resize(std::min(offered.size(), step));
    out += offered;
    outbox.sent(offered.size());
  }
  return out;
}

void fill(FrameOutbox& outbox) {
  outbox.push_raw("raw");
  outbox.push_message(Opcode::text, bytes("hello"));
  outbox.push_shared(bytes("\x81\1s"));
  outbox.push_shared(bytes(""));
  outbox.push_message(Opcode::binary, bytes(""));
  outbox.push_message(Opcode::binary, bytes(std::string(300, 'b')));
  outbox.push_pong("p");
}

TEST(FrameOutbox, SendsInOrderInStepsOfAnySize) {
  using namespace std::string_literals;
  const auto expected =
      "raw\x81\5hello\x81\1s\x82\0\x82\x7e\x01\x2c"s + std::string(300, 'b') + "\x8a\1p";
  for (std::size_t step = 1; step <= expected.size(); ++step) {
    FrameOutbox outbox;
    fill(outbox);
    EXPECT_EQ(drain(outbox, step, 2 + step % 7), expected) << step;
    EXPECT_EQ(outbox.message_bytes() + outbox.shared_bytes(), 0U);
  }
}

TEST(FrameOutbox, CountsMessagesAndSharedFramesApart) {
  FrameOutbox outbox;
  fill(outbox);
  EXPECT_EQ(outbox.message_bytes(), 305 + 3 * 32U);
  EXPECT_EQ(outbox.shared_bytes(), 3U);
  EXPECT_EQ(outbox.sent(3 + 6), 0U);  // All but a byte of the message.
  EXPECT_EQ(outbox.message_bytes(), 305 + 3 * 32U);
  EXPECT_EQ(outbox.sent(1), 5U);
  EXPECT_EQ(outbox.message_bytes(), 300 + 2 * 32U);
}

TEST(FrameOutbox, KeepsOnlyTheLastPongThatWaits) {
  FrameOutbox outbox;
  outbox.push_raw("x");
  for (int i = 0; i < 100; ++i) outbox.push_pong("ping " + std::to_string(i));
  outbox.sent(2);  // Into the pong: from here on it is what it is.
  outbox.push_pong("next");
  outbox.push_pong("last");
  EXPECT_EQ(drain(outbox, 1000), "\x07ping 99\x8a\4last");
  outbox.push_pong("again");
  EXPECT_EQ(drain(outbox, 1000), "\x8a\5again");
}

TEST(FrameOutbox, GivesBackWhatWasSentOfALongQueue) {
  FrameOutbox outbox;
  std::weak_ptr<const std::string> first;
  for (int i = 0; i < 1000; ++i) {
    const auto frame = bytes("\x81\2ok");
    if (i == 0) first = frame;
    outbox.push_shared(frame);
  }
  outbox.sent(4);
  EXPECT_TRUE(first.expired());
  // Always a few are sent and as many come.
  for (int i = 0; i < 10'000; ++i) {
    outbox.sent(4);
    outbox.push_shared(bytes("\x81\2ok"));
  }
  EXPECT_LE(outbox.capacity(), 4000U);
  EXPECT_EQ(outbox.shared_bytes(), 999 * 4U);
}

}  // namespace
}  // namespace confab::gateway
#endif
