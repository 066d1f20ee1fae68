#include "common/runtime/admin_server.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <thread>

#include "common/runtime/address.hpp"

namespace confab::runtime {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::seconds kRequestDeadline{10};
/// Pause when accepting fails, mostly for want of file descriptors.
constexpr std::chrono::milliseconds kAcceptPause{50};

using Response = http::response<http::string_body>;

/// A file descriptor kept for nothing but to be given up when there are no others.
class SpareDescriptor {
 public:
  SpareDescriptor() { take(); }
  ~SpareDescriptor() { give_up(); }
  SpareDescriptor(const SpareDescriptor&) = delete;
  SpareDescriptor& operator=(const SpareDescriptor&) = delete;

  void take() {
    if (fd_ < 0) fd_ = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  }
  void give_up() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

 private:
  int fd_ = -1;
};

}  // namespace

struct AdminServer::Impl {
  Impl(BuildInfo its_build, const Health& its_health, std::function<std::string()> its_metrics)
      : build(std::move(its_build)), health(its_health), metrics(std::move(its_metrics)) {}

  Response answer(std::string_view path) const {
    const auto probe = [](bool good, const std::string& why) {
      return text(good ? http::status::ok : http::status::service_unavailable,
                  good ? "ok\n" : why + "\n");
    };
    if (path == "/livez") return probe(true, "");
    if (path == "/readyz") {
      return probe(health.ready(), health.started() ? std::string("draining")
                                                    : "waiting for " + health.waiting_for());
    }
    if (path == "/startupz") return probe(health.started(), "waiting for " + health.waiting_for());
    if (path == "/metrics") {
      auto response = text(http::status::ok, metrics());
      response.set(http::field::content_type, "text/plain; version=0.0.4; charset=utf-8");
      return response;
    }
    if (path == "/version") {
      auto response = text(http::status::ok, R"({"service":")" + build.service +
                                                 R"(","version":")" + build.version + "\"}\n");
      response.set(http::field::content_type, "application/json");
      return response;
    }
    return text(http::status::not_found,
                "no such page; there are /livez /readyz /startupz /metrics /version\n");
  }

  static Response text(http::status status, std::string body) {
    Response response(status, 11);
    response.set(http::field::content_type, "text/plain; charset=utf-8");
    response.body() = std::move(body);
    return response;
  }

  /// `may_keep`: the connection may be used for further requests.
  asio::awaitable<void> serve(asio::ip::tcp::socket socket, bool may_keep) {
    beast::tcp_stream stream(std::move(socket));
    beast::flat_buffer buffer;
    for (bool keep = true; keep;) {
      http::request_parser<http::empty_body> parser;
      parser.header_limit(8192);
      stream.expires_after(kRequestDeadline);
      const auto [read_error, read_size] =
          co_await http::async_read(stream, buffer, parser, kAwait);
      if (read_error) co_return;
      const auto target = parser.get().target();
      auto response = answer(std::string_view(target.data(), target.size()));
      keep = may_keep && parser.get().keep_alive();
      response.keep_alive(keep);
      response.prepare_payload();
      const auto [write_error, written] = co_await http::async_write(stream, response, kAwait);
      if (write_error) co_return;
    }
  }

  asio::awaitable<void> accept_all() {
    for (;;) {
      auto [error, socket] = co_await acceptor.async_accept(kAwait);
      if (error == asio::error::operation_aborted) co_return;
      if (error) {
        co_await serve_one_without_descriptors();
        continue;
      }
      asio::co_spawn(loop, serve(std::move(socket), true), [](const std::exception_ptr&) {
        // A broken admin connection concerns nobody but its client.
      });
    }
  }

  /// Clients may have taken all descriptors of the process, and operators want to see that: one
  /// request is answered by the spare one. Others of the process may be quicker to take it.
  asio::awaitable<void> serve_one_without_descriptors() {
    spare.give_up();
    boost::system::error_code error;
    auto socket = acceptor.accept(error);
    if (!error) {
      co_await serve(std::move(socket), false);
    } else {
      asio::steady_timer pause(loop, kAcceptPause);
      co_await pause.async_wait(kAwait);
    }
    spare.take();
  }

  BuildInfo build;
  const Health& health;
  std::function<std::string()> metrics;
  asio::io_context loop{1};
  asio::ip::tcp::acceptor acceptor{loop};
  SpareDescriptor spare;
  std::thread thread;
};

Result<std::unique_ptr<AdminServer>> AdminServer::start(const std::string& address, BuildInfo build,
                                                        const Health& health,
                                                        std::function<std::string()> metrics) {
  const auto endpoint = parse_endpoint(address);
  if (!endpoint) return endpoint.error();
  auto impl = std::make_unique<Impl>(std::move(build), health, std::move(metrics));
  boost::system::error_code error;
  auto& acceptor = impl->acceptor;
  acceptor.open(endpoint->protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor.bind(*endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (!error) acceptor.non_blocking(true, error);  // For accept(), which is not awaited.
  if (error) {
    return Error{ErrorCode::unavailable,
                 "cannot listen on " + address + " for the admin port: " + error.message()};
  }
  asio::co_spawn(impl->loop, impl->accept_all(), [](const std::exception_ptr&) {});
  impl->thread = std::thread([&loop = impl->loop] { loop.run(); });
  return std::unique_ptr<AdminServer>(new AdminServer(std::move(impl)));
}

AdminServer::AdminServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

AdminServer::~AdminServer() {
  impl_->loop.stop();
  impl_->thread.join();
}

std::uint16_t AdminServer::port() const { return impl_->acceptor.local_endpoint().port(); }

}  // namespace confab::runtime

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

namespace confab::runtime {
namespace {

/// Leaves the process no file descriptor for as long as it lives.
class NoDescriptors {
 public:
  NoDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    auto few = before_;
    few.rlim_cur = 256;
    ::setrlimit(RLIMIT_NOFILE, &few);
    for (int fd = ::dup(2); fd >= 0; fd = ::dup(2)) taken_.push_back(fd);
  }
  ~NoDescriptors() {
    for (const int fd : taken_) ::close(fd);
    ::setrlimit(RLIMIT_NOFILE, &before_);
  }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;

 private:
  rlimit before_{};
  std::vector<int> taken_;
};

TEST(AdminServer, AnswersAlsoWhenTheProcessHasNoFileDescriptorsLeft) {
  Health health;
  const auto server = AdminServer::start("127.0.0.1:0", {"test", "1"}, health, [] { return ""; });
  ASSERT_TRUE(server) << server.error().message;
  boost::asio::io_context io;
  boost::asio::ip::tcp::socket client(io, boost::asio::ip::tcp::v4());
  const NoDescriptors none;
  client.connect({boost::asio::ip::make_address("127.0.0.1"), (*server)->port()});
  boost::asio::write(
      client, boost::asio::buffer(std::string_view("GET /livez HTTP/1.1\r\nHost: admin\r\n\r\n")));
  std::string answer;
  boost::system::error_code end;
  boost::asio::read(client, boost::asio::dynamic_buffer(answer), end);
  EXPECT_EQ(end, boost::asio::error::eof);
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200")) << answer;
}

}  // namespace
}  // namespace confab::runtime
#endif
