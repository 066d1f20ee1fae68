#include "message_store/webhook/https_connection.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>

namespace confab::message_store {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr std::uint32_t kMostHeaderBytes = 8 * 1024;
constexpr std::uint64_t kMostBodyBytes = 64 * 1024;
constexpr int kMostInterimAnswers = 4;
/// For the rest of an answer, which only serves to use the connection again.
constexpr std::chrono::seconds kDrainTime{1};

std::string failed(const char* what, const boost::system::error_code& error) {
  if (error == beast::error::timeout) return std::string(what) + ": it took too long";
  return std::string(what) + ": " + error.message();
}

}  // namespace

HttpsConnection::HttpsConnection(asio::io_context& loop, asio::ssl::context& tls,
                                 const HttpTarget& target)
    : target_(target), loop_(loop), buffer_(kMostHeaderBytes + kMostBodyBytes) {
  if (target.tls) {
    secure_.emplace(loop, tls);
  } else {
    plain_.emplace(loop);
  }
}

HttpsConnection::Awaitable<std::string> HttpsConnection::open() {
  asio::ip::tcp::resolver resolver(loop_);
  const auto [not_found, places] =
      co_await resolver.async_resolve(target_.host, target_.port, kAwait);
  if (not_found) co_return failed("looking the name up", not_found);
  tcp().expires_after(target_.connect_timeout);
  const auto [refused, place] = co_await tcp().async_connect(places, kAwait);
  if (refused) co_return failed("connecting", refused);
  boost::system::error_code ignored;
  tcp().socket().set_option(asio::ip::tcp::no_delay(true), ignored);
  if (!secure_) co_return std::string();
  co_return co_await shake_hands();
}

HttpsConnection::Awaitable<std::string> HttpsConnection::shake_hands() {
  boost::system::error_code no_address;
  asio::ip::make_address(target_.host, no_address);
  // A server is told the name that is wanted; names only.
  if (no_address) SSL_set_tlsext_host_name(secure_->native_handle(), target_.host.c_str());
  secure_->set_verify_callback(asio::ssl::host_name_verification(target_.host));
  tcp().expires_after(target_.handshake_timeout);
  const auto [refused] = co_await secure_->async_handshake(asio::ssl::stream_base::client, kAwait);
  if (refused) co_return failed("TLS handshake", refused);
  co_return std::string();
}

HttpsConnection::Awaitable<std::string> HttpsConnection::write(const Request& request) {
  boost::system::error_code error;
  if (secure_) {
    const auto [failure, bytes] = co_await http::async_write(*secure_, request, kAwait);
    error = failure;
  } else {
    const auto [failure, bytes] = co_await http::async_write(*plain_, request, kAwait);
    error = failure;
  }
  if (error) co_return failed("sending", error);
  co_return std::string();
}

HttpsConnection::Awaitable<std::string> HttpsConnection::read_header() {
  parser_.emplace();
  parser_->header_limit(kMostHeaderBytes);
  parser_->body_limit(kMostBodyBytes);
  boost::system::error_code error;
  if (secure_) {
    const auto [failure, bytes] =
        co_await http::async_read_header(*secure_, buffer_, *parser_, kAwait);
    error = failure;
  } else {
    const auto [failure, bytes] =
        co_await http::async_read_header(*plain_, buffer_, *parser_, kAwait);
    error = failure;
  }
  // A length beyond the limit is an error of the body, which nobody wants.
  if (error && error != http::error::body_limit) co_return failed("waiting for the answer", error);
  co_return std::string();
}

HttpsConnection::Awaitable<HttpAnswer> HttpsConnection::exchange(const Request& request) {
  HttpAnswer answer;
  tcp().expires_after(target_.timeout);
  answer.why = co_await write(request);
  if (!answer.why.empty()) co_return answer;
  for (int interim = 0; interim < kMostInterimAnswers; ++interim) {
    answer.why = co_await read_header();
    if (!answer.why.empty()) co_return answer;
    const auto status = static_cast<int>(parser_->get().result_int());
    if (status / 100 == 1) continue;
    answer.status = status;
    const auto retry_after = parser_->get()[http::field::retry_after];
    answer.retry_after.assign(retry_after.data(), retry_after.size());
    co_return answer;
  }
  answer.why = "waiting for the answer: there were too many interim ones";
  co_return answer;
}

HttpsConnection::Awaitable<bool> HttpsConnection::drain() {
  tcp().expires_after(kDrainTime);
  boost::system::error_code error;
  if (secure_) {
    const auto [failure, bytes] = co_await http::async_read(*secure_, buffer_, *parser_, kAwait);
    error = failure;
  } else {
    const auto [failure, bytes] = co_await http::async_read(*plain_, buffer_, *parser_, kAwait);
    error = failure;
  }
  const bool reusable = !error && parser_->get().keep_alive() && buffer_.size() == 0;
  tcp().expires_never();
  co_return reusable;
}

}  // namespace confab::message_store
