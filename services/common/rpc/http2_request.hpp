#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <string>
#include <string_view>

struct nghttp2_session;

namespace confab::rpc {

/// A connection's client half of HTTP/2, with one request of gRPC's form whose bodies stream both
/// ways: bytes in, bytes out, by nghttp2; the connection is the caller's. One thread.
class Http2Request {
 public:
  /// Told of the answer's body as it comes, from feed(); false refuses it, which ends the request.
  using Received = std::function<bool(std::string_view bytes)>;

  Http2Request(const std::string& authority, const std::string& path, Received received);
  ~Http2Request();
  Http2Request(const Http2Request&) = delete;
  Http2Request& operator=(const Http2Request&) = delete;

  /// Makes room for so many more bytes of the body, to be filled in at once.
  [[nodiscard]] std::uint8_t* extend_body(std::size_t bytes);
  /// Whether all of the body so far has been given out by take_frames().
  [[nodiscard]] bool is_body_taken() const { return body_.empty(); }

  /// Appends what is to be sent, up to about `most` bytes in all; not from within feed().
  void take_frames(std::string& out, std::size_t most);

  /// Reads what the server sent. False when the request is over; why() tells more. Throws what
  /// Received throws, which is the end as well.
  [[nodiscard]] bool feed(std::string_view bytes);
  /// False when nothing more can come: the server has broken the protocol, and has been told.
  [[nodiscard]] bool goes_on() const;
  /// The status that the server gave, or what was wrong.
  [[nodiscard]] const std::string& why() const { return why_; }
  void set_why(std::string why) { why_ = std::move(why); }

  void ping();

 private:
  struct Callbacks;

  void begin(const std::string& authority, const std::string& path);

  Received received_;
  nghttp2_session* session_ = nullptr;
  std::int32_t stream_ = 0;
  std::string body_;
  std::size_t framed_ = 0;  ///< Of body_.
  bool over_ = false;
  std::exception_ptr thrown_;
  std::string why_;
};

}  // namespace confab::rpc
