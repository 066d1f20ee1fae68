#include "common/runtime/admin_server.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
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

using Response = http::response<http::string_body>;

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

  asio::awaitable<void> serve(asio::ip::tcp::socket socket) {
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
      keep = parser.get().keep_alive();
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
      if (error) continue;
      asio::co_spawn(loop, serve(std::move(socket)), [](const std::exception_ptr&) {
        // A broken admin connection concerns nobody but its client.
      });
    }
  }

  BuildInfo build;
  const Health& health;
  std::function<std::string()> metrics;
  asio::io_context loop{1};
  asio::ip::tcp::acceptor acceptor{loop};
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
