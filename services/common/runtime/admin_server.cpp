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
  Impl(BuildInfo its_build, const Health& its_health, std::function<std::string()> its_metrics,
       std::function<void()> its_tick)
      : build(std::move(its_build)),
        health(its_health),
        metrics(std::move(its_metrics)),
        tick(std::move(its_tick)) {}

  Response answer(std::string_view path) const {
    const auto probe = [](const std::string& trouble) {
      if (trouble.empty()) return text(http::status::ok, "ok\n");
      return text(http::status::service_unavailable, trouble + "\n");
    };
    if (path == "/livez") return probe(health.why_not_alive());
    if (path == "/readyz") return probe(health.why_not_ready());
    if (path == "/startupz") return probe(health.why_not_started());
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

  /// Each tick is counted from the last: those that a stop of the process has swallowed stay so.
  asio::awaitable<void> keep_time() {
    asio::steady_timer timer(loop);
    for (;;) {
      timer.expires_after(Pulses::kTick);
      const auto [cancelled] = co_await timer.async_wait(kAwait);
      if (cancelled) co_return;
      tick();
    }
  }

  BuildInfo build;
  const Health& health;
  std::function<std::string()> metrics;
  std::function<void()> tick;
  asio::io_context loop{1};
  asio::ip::tcp::acceptor acceptor{loop};
  SpareDescriptor spare;
  std::thread thread;
};

Result<std::unique_ptr<AdminServer>> AdminServer::start(const std::string& address, BuildInfo build,
                                                        const Health& health,
                                                        std::function<std::string()> metrics,
                                                        std::function<void()> tick) {
  const auto endpoint = parse_endpoint(address);
  if (!endpoint) return endpoint.error();
  auto impl = std::make_unique<Impl>(std::move(build), health, std::move(metrics), std::move(tick));
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
  asio::co_spawn(impl->loop, impl->keep_time(), [](const std::exception_ptr&) {});
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

#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <future>
#include <optional>

#include "common/testing/no_descriptors.hpp"

namespace confab::runtime {
namespace {

struct AdminServerTest : ::testing::Test {
  Health health;
  std::unique_ptr<AdminServer> server;
  boost::asio::io_context io;

  void start(std::function<void()> tick = [] {}) {
    auto started = AdminServer::start(
        "127.0.0.1:0", {"test", "1"}, health, [] { return ""; }, std::move(tick));
    ASSERT_TRUE(started) << started.error().message;
    server = std::move(*started);
  }
  /// The whole answer; `before` is called while the client has a socket and no connection.
  std::string get(
      const std::string& path, const std::function<void()>& before = [] {}) {
    boost::asio::ip::tcp::socket client(io, boost::asio::ip::tcp::v4());
    before();
    client.connect({boost::asio::ip::make_address("127.0.0.1"), server->port()});
    boost::asio::write(client, boost::asio::buffer("GET " + path +
                                                   " HTTP/1.1\r\nHost: admin\r\n"
                                                   "Connection: close\r\n\r\n"));
    std::string answer;
    boost::system::error_code end;
    boost::asio::read(client, boost::asio::dynamic_buffer(answer), end);
    return answer;
  }
};

TEST_F(AdminServerTest, AnswersAlsoWhenTheProcessHasNoFileDescriptorsLeft) {
  start();
  std::optional<NoDescriptors> none;
  const auto answer = get("/livez", [&] { none.emplace(); });
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200")) << answer;
}

TEST_F(AdminServerTest, SaysWhyAProcessThatDoesNotTurnIsNeitherReadyNorAlive) {
  start();
  health.set_started();
  auto& loop = health.pulses().expect({"loop-0", "event loop 0 does not turn"});
  const auto pass = [&](auto time) {
    for (auto left = time / Pulses::kTick; left > 0; --left) health.pulses().tick();
  };
  loop.beat();
  pass(Pulses::kTick);
  EXPECT_TRUE(get("/readyz").starts_with("HTTP/1.1 200"));
  pass(Pulses::kLate);
  auto answer = get("/readyz");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 503")) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\nevent loop 0 does not turn, for 3 s\n")) << answer;
  EXPECT_TRUE(get("/livez").starts_with("HTTP/1.1 200"));
  pass(Pulses::kStuck - Pulses::kLate);
  answer = get("/livez");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 503")) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\nevent loop 0 does not turn, for 10 s\n")) << answer;
  EXPECT_TRUE(get("/startupz").starts_with("HTTP/1.1 200"));
  loop.beat();
  pass(Pulses::kTick);
  EXPECT_TRUE(get("/livez").starts_with("HTTP/1.1 200"));
  EXPECT_TRUE(get("/readyz").starts_with("HTTP/1.1 200"));
}

TEST_F(AdminServerTest, TicksByItself) {
  std::promise<void> twice;
  start([&, ticks = 0]() mutable {
    if (++ticks == 2) twice.set_value();
  });
  EXPECT_EQ(twice.get_future().wait_for(std::chrono::minutes(1)), std::future_status::ready);
}

}  // namespace
}  // namespace confab::runtime
#endif
