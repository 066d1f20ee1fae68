#include "common/rpc/http2_request.hpp"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <new>
#include <utility>

namespace confab::rpc {
namespace {

constexpr std::int32_t kWindowBytes = 4 << 20;
constexpr std::size_t kKeptBytes = 64UL * 1024;  // Of an empty body's memory.

nghttp2_nv header(std::string_view name, std::string_view value) {
  // nghttp2 copies them.
  return {reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data())),
          reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data())), name.size(),
          value.size(), NGHTTP2_NV_FLAG_NONE};
}

std::string_view view(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

}  // namespace

/// nghttp2 calls these with the request as `self`.
struct Http2Request::Callbacks {
  static int on_header(nghttp2_session* /*session*/, const nghttp2_frame* frame,
                       const std::uint8_t* name, std::size_t name_size, const std::uint8_t* value,
                       std::size_t value_size, std::uint8_t /*flags*/, void* self) {
    auto& request = *static_cast<Http2Request*>(self);
    if (frame->hd.stream_id != request.stream_) return 0;
    const auto key = view(name, name_size);
    const std::string text(view(value, value_size));
    if (key == ":status" && text != "200") request.why_ = "HTTP status " + text;
    if (key == "grpc-status") request.why_ = "gRPC status " + text + " " + request.why_;
    if (key == "grpc-message") request.why_ += text;
    return 0;
  }

  static int on_data(nghttp2_session* /*session*/, std::uint8_t /*flags*/, std::int32_t /*stream*/,
                     const std::uint8_t* data, std::size_t size, void* self) {
    auto& request = *static_cast<Http2Request*>(self);
    try {
      return request.received_(view(data, size)) ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE;
    } catch (...) {  // Not through nghttp2, which is C.
      request.thrown_ = std::current_exception();
      return NGHTTP2_ERR_CALLBACK_FAILURE;
    }
  }

  /// gRPC's answer ends with its status; what is still to be sent is of no use then.
  static int on_frame(nghttp2_session* /*session*/, const nghttp2_frame* frame, void* self) {
    auto& request = *static_cast<Http2Request*>(self);
    const bool of_answer = frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS;
    if (of_answer && frame->hd.stream_id == request.stream_ &&
        (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
      request.over_ = true;
    }
    return 0;
  }

  static int on_close(nghttp2_session* /*session*/, std::int32_t /*stream*/, std::uint32_t code,
                      void* self) {
    auto& request = *static_cast<Http2Request*>(self);
    request.over_ = true;
    if (request.why_.empty()) request.why_ = nghttp2_http2_strerror(code);
    return 0;
  }

  static ssize_t read_body(nghttp2_session* /*session*/, std::int32_t /*stream*/, std::uint8_t* out,
                           std::size_t most, std::uint32_t* /*flags*/,
                           nghttp2_data_source* /*source*/, void* self) {
    auto& request = *static_cast<Http2Request*>(self);
    const auto size = std::min(most, request.body_.size() - request.framed_);
    if (size == 0) return NGHTTP2_ERR_DEFERRED;
    std::copy_n(request.body_.data() + request.framed_, size, out);
    request.framed_ += size;
    if (request.framed_ == request.body_.size()) {
      request.framed_ = 0;
      request.body_.clear();
      if (request.body_.capacity() > kKeptBytes) request.body_.shrink_to_fit();
    }
    return static_cast<ssize_t>(size);
  }
};

Http2Request::Http2Request(const std::string& authority, const std::string& path, Received received)
    : received_(std::move(received)) {
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session_callbacks_new(&callbacks);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, &Callbacks::on_header);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, &Callbacks::on_data);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, &Callbacks::on_frame);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, &Callbacks::on_close);
  const auto failed = nghttp2_session_client_new(&session_, callbacks, this);
  nghttp2_session_callbacks_del(callbacks);
  if (failed != 0) throw std::bad_alloc();
  begin(authority, path);
}

Http2Request::~Http2Request() { nghttp2_session_del(session_); }

void Http2Request::begin(const std::string& authority, const std::string& path) {
  const std::array settings{
      nghttp2_settings_entry{NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
      nghttp2_settings_entry{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kWindowBytes}};
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, kWindowBytes);
  const std::array headers{
      header(":method", "POST"),     header(":scheme", "http"),
      header(":path", path),         header(":authority", authority),
      header("te", "trailers"),      header("content-type", "application/grpc"),
      header("user-agent", "confab")};
  nghttp2_data_provider body{};
  body.read_callback = &Callbacks::read_body;
  stream_ =
      nghttp2_submit_request(session_, nullptr, headers.data(), headers.size(), &body, nullptr);
}

std::uint8_t* Http2Request::extend_body(std::size_t bytes) {
  const auto start = body_.size();
  body_.resize(start + bytes);
  nghttp2_session_resume_data(session_, stream_);
  return reinterpret_cast<std::uint8_t*>(body_.data() + start);
}

void Http2Request::take_frames(std::string& out, std::size_t most) {
  const std::uint8_t* frame = nullptr;
  while (out.size() < most) {
    const auto size = nghttp2_session_mem_send(session_, &frame);
    if (size <= 0) return;
    out.append(view(frame, static_cast<std::size_t>(size)));
  }
}

bool Http2Request::feed(std::string_view bytes) {
  const auto taken = nghttp2_session_mem_recv(
      session_, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
  if (taken < 0 && why_.empty()) why_ = nghttp2_strerror(static_cast<int>(taken));
  return taken >= 0 && !over_;
}

bool Http2Request::goes_on() const { return nghttp2_session_want_read(session_) != 0; }

void Http2Request::ping() { nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, nullptr); }

}  // namespace confab::rpc
