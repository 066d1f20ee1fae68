#include "gateway/net/http_server.hpp"

#include <gtest/gtest.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <stdexcept>

#include "common/testing/no_descriptors.hpp"
#include "gateway/net/test_client.hpp"

namespace confab::gateway {
namespace {

namespace asio = boost::asio;
using testing::TestClient;

asio::awaitable<HttpResponse> echo(HttpRequest request) {
  HttpResponse response{.content_type = "text/plain", .body = request.method + " " + request.path};
  if (!request.body.empty()) response.body += " " + request.body;
  co_return response;
}

asio::awaitable<HttpResponse> fail(HttpRequest) {
  throw std::runtime_error("broken");
  co_return HttpResponse{};
}

/// Waits for ever; tells when it was cancelled.
asio::awaitable<HttpResponse> wait(asio::io_context& io, std::promise<void>& cancelled) {
  asio::steady_timer never(io, asio::steady_timer::time_point::max());
  co_await never.async_wait(asio::as_tuple(asio::use_awaitable));
  const auto state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none) cancelled.set_value();
  co_return HttpResponse{};
}

class HttpServerTest : public ::testing::Test {
 protected:
  void start(HttpServerOptions options = {}) {
    options.address = "127.0.0.1";
    NetEvents events;
    events.refused = [this](std::string_view reason) { refused = reason; };
    events.handler_failed = [this](std::string_view what) { failed = what; };
    events.accept_failed = [this] {
      if (!std::exchange(has_failed_to_accept, true)) failed_to_accept.set_value();
    };
    server = std::make_unique<HttpServer>(loop.io(), options, events);
    server->route("/", echo);
    server->route("/fail", fail);
    server->route(
        "/wait", [this](HttpRequest) { return wait(loop.io(), cancelled); }, OnDisconnect::cancel);
    port = loop.run([this] { return server->start(); }).value();
  }

  void TearDown() override { loop.stop(); }

  testing::Loop loop;
  std::unique_ptr<HttpServer> server;
  std::uint16_t port = 0;
  std::string refused;
  std::string failed;
  std::promise<void> cancelled;
  bool has_failed_to_accept = false;
  std::promise<void> failed_to_accept;
};

TEST_F(HttpServerTest, AnswersSeveralRequestsOnOneConnection) {
  start();
  TestClient client(port);
  EXPECT_EQ(client.get("/a?b=c").body, "GET /a");
  EXPECT_EQ(client.post("/b", "body").body, "POST /b body");
  client.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(client.read().body, "GET /1");
  EXPECT_EQ(client.read().body, "GET /2");
}

TEST_F(HttpServerTest, RoutesWholePathSegmentsToTheLongestPrefix) {
  start();
  TestClient client(port);
  EXPECT_EQ(client.get("/fail").status, 500);
  TestClient other(port);
  EXPECT_EQ(other.get("/failure").body, "GET /failure");
}

TEST_F(HttpServerTest, ClosesWhenTheClientAsks) {
  start();
  TestClient client(port);
  client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_NE(client.read_to_end().find("Connection: close"), std::string::npos);
}

TEST_F(HttpServerTest, AnswersHeadWithoutBody) {
  start();
  TestClient client(port);
  client.send("HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_NE(client.read(false).head.find("Content-Length: 7\r\n"), std::string::npos);
  EXPECT_EQ(client.get("/y").body, "GET /y");
}

TEST_F(HttpServerTest, TurnsWhatAHandlerThrowsInto500AndLives) {
  start();
  TestClient client(port);
  const auto answer = client.get("/fail");
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(answer.body.find("broken"), std::string::npos);
  EXPECT_EQ(loop.run([this] { return failed; }), "broken");
  EXPECT_EQ(TestClient(port).get("/").status, 200);
}

TEST_F(HttpServerTest, RefusesAHeaderAboveTheLimit) {
  start();
  TestClient client(port);
  client.send("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(9000, 'x') + "\r\n\r\n");
  EXPECT_TRUE(client.read_to_end().starts_with("HTTP/1.1 431 "));
  EXPECT_EQ(loop.run([this] { return refused; }), "header_size");
}

TEST_F(HttpServerTest, RefusesABodyAboveTheLimitBeforeItIsSent) {
  start({.max_body_bytes = 10});
  TestClient client(port);
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n");
  EXPECT_EQ(client.read().status, 413);
  EXPECT_EQ(TestClient(port).post("/", "0123456789").status, 200);
}

TEST_F(HttpServerTest, AsksForABodyThatWaitsForPermission) {
  start();
  TestClient client(port);
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.read().status, 100);
  client.send("hi");
  EXPECT_EQ(client.read().body, "POST / hi");
}

TEST_F(HttpServerTest, ClosesAConnectionThatNeverFinishesItsHeader) {
  start({.header_timeout = std::chrono::milliseconds(50)});
  // Who is too slow to say anything at all is closed as well, but not for this.
  do {
    TestClient client(port);
    client.send("GET / HTTP/1.1\r\nHost");
    EXPECT_EQ(client.read_to_end(), "");
  } while (loop.run([this] { return refused; }) != "timeout");
}

TEST_F(HttpServerTest, ClosesAConnectionThatStaysIdle) {
  start({.idle_timeout = std::chrono::milliseconds(50)});
  TestClient client(port);
  EXPECT_EQ(client.get("/").status, 200);
  EXPECT_EQ(client.read_to_end(), "");
}

TEST_F(HttpServerTest, TurnsAwayMoreConnectionsThanItMayHold) {
  start({.max_connections = 1});
  TestClient client(port);
  EXPECT_EQ(client.get("/").status, 200);
  EXPECT_TRUE(TestClient(port).read_to_end().starts_with("HTTP/1.1 503 "));
}

TEST_F(HttpServerTest, CancelsAWaitingHandlerWhenItsClientLeaves) {
  start();
  {
    TestClient client(port);
    client.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
  }
  cancelled.get_future().get();
}

TEST_F(HttpServerTest, TellsBrowsersWhatTheyMayRead) {
  start({.allowed_origins = {"https://a.test"}});
  TestClient client(port);
  const auto answer = client.get("/", "Origin: https://a.test\r\n");
  EXPECT_NE(answer.head.find("Access-Control-Allow-Origin: https://a.test\r\n"), std::string::npos);
  const auto foreign = client.get("/", "Origin: https://b.test\r\n");
  EXPECT_EQ(foreign.head.find("Access-Control"), std::string::npos);
}

TEST_F(HttpServerTest, TellsWhyItCannotListen) {
  start();
  HttpServer second(loop.io(), {.address = "127.0.0.1", .port = port});
  const auto started = loop.run([&] { return second.start(); });
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, ErrorCode::unavailable);
  EXPECT_NE(started.error().message.find("in use"), std::string::npos);
}

TEST_F(HttpServerTest, PutsWhatComesToAnotherPortBelowItsPrefix) {
  start();
  const auto root = loop.run([this] { return server->listen("127.0.0.1", 0, "/app"); });
  ASSERT_TRUE(root);
  TestClient client(*root);
  EXPECT_EQ(client.get("/b?c=d").body, "GET /app/b");
  EXPECT_EQ(client.get("/").body, "GET /app/") << "and all that follows on the connection";
  EXPECT_EQ(TestClient(port).get("/b").body, "GET /b");
  loop.run([this] { server->stop(); });
  EXPECT_ANY_THROW(TestClient{*root});
}

TEST_F(HttpServerTest, SaysThatItCannotAcceptForWantOfDescriptorsAndTriesAgain) {
  start();
  asio::io_context io;
  testing::tcp::socket client(io, testing::tcp::v4());
  {
    const NoDescriptors none;
    client.connect(testing::local(port));
    failed_to_accept.get_future().wait();
  }
  asio::write(client, asio::buffer(std::string_view("GET /a HTTP/1.1\r\nHost: a\r\n\r\n")));
  std::string answer;
  asio::read_until(client, asio::dynamic_buffer(answer), "GET /a");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200"));
}

TEST_F(HttpServerTest, ClosesIdleConnectionsWhenItStops) {
  start();
  TestClient client(port);
  EXPECT_EQ(client.get("/").status, 200);
  loop.run([this] { server->stop(); });
  EXPECT_EQ(client.read_to_end(), "");
}

}  // namespace
}  // namespace confab::gateway
