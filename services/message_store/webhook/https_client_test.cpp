#include "message_store/webhook/https_client.hpp"

#include <gtest/gtest.h>

#include <future>

#include "common/testing/reserved_port.hpp"
#include "message_store/webhook/hook_server_test.hpp"

namespace confab::message_store {
namespace {

using std::chrono::milliseconds;
using Reply = HookServer::Reply;

constexpr std::chrono::seconds kPatience{30};

HttpTarget target_of(std::uint16_t port) {
  HttpTarget target;
  target.tls = false;
  target.host = "127.0.0.1";
  target.port = std::to_string(port);
  target.path = "/hook?x=1";
  return target;
}

HttpAnswer post(HttpsClient& client, const std::string& body = "{}") {
  auto promise = std::make_shared<std::promise<HttpAnswer>>();
  auto future = promise->get_future();
  HttpPost request;
  request.headers.emplace_back("webhook-id", "id-1");
  request.body = body;
  client.post(std::move(request), [promise](HttpAnswer answer) { promise->set_value(answer); });
  if (future.wait_for(kPatience) != std::future_status::ready) return {-1, "", "no answer at all"};
  return future.get();
}

TEST(HttpsClient, PostsAndUsesTheConnectionAgain) {
  std::vector<HookServer::Request> seen;
  HookServer server([&](const HookServer::Request& request) {
    seen.push_back(request);
    Reply reply;
    reply.status = 200;
    reply.body = "thanks";
    return reply;
  });
  const auto client = *HttpsClient::make(target_of(server.port()));
  EXPECT_EQ(post(*client, R"({"a":1})").status, 200);
  EXPECT_EQ(post(*client).status, 200);
  EXPECT_EQ(server.connections(), 1U);
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[0].body(), R"({"a":1})");
  EXPECT_EQ(seen[0].target(), "/hook?x=1");
  EXPECT_EQ(seen[0]["webhook-id"], "id-1");
  EXPECT_EQ(seen[0]["host"], "127.0.0.1:" + std::to_string(server.port()));
}

TEST(HttpsClient, GivesTheStatusWhateverTheBodyIs) {
  Reply reply;
  HookServer server([&](const HookServer::Request&) { return reply; });
  const auto client = *HttpsClient::make(target_of(server.port()));
  reply.status = 200;
  reply.body = std::string(1 << 20, 'x');
  EXPECT_EQ(post(*client).status, 200) << "its length does not matter";
  reply.body.clear();
  reply.status = 503;
  reply.header = "Retry-After";
  reply.value = "7";
  const auto answer = post(*client);
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.retry_after, "7");
  reply.status = 302;
  reply.header = "Location";
  reply.value = "/elsewhere";
  EXPECT_EQ(post(*client).status, 302) << "it goes nowhere else";
}

TEST(HttpsClient, TriesANewConnectionWhenTheServerClosedTheOldOne) {
  Reply reply;
  HookServer server([&](const HookServer::Request&) {
    auto now = reply;
    reply.cut = !reply.cut;  // Every second request.
    return now;
  });
  const auto client = *HttpsClient::make(target_of(server.port()));
  EXPECT_EQ(post(*client).status, 204);
  EXPECT_EQ(post(*client).status, 204);
  EXPECT_EQ(server.connections(), 2U);
}

TEST(HttpsClient, SaysWhyThereIsNoAnswer) {
  const ReservedPort nobody;
  auto client = *HttpsClient::make(target_of(nobody.number()));
  EXPECT_EQ(post(*client).why.substr(0, 11), "connecting:");

  HookServer cutting([](const HookServer::Request&) {
    Reply reply;
    reply.cut = true;
    return reply;
  });
  client = *HttpsClient::make(target_of(cutting.port()));
  EXPECT_EQ(post(*client).why.substr(0, 23), "waiting for the answer:");
}

TEST(HttpsClient, GivesUpOnAServerThatHangs) {
  HookServer server([](const HookServer::Request&) {
    Reply reply;
    reply.hang = true;
    return reply;
  });
  auto target = target_of(server.port());
  target.timeout = milliseconds(100);
  const auto client = *HttpsClient::make(std::move(target));
  const auto answer = post(*client);
  EXPECT_EQ(answer.status, 0);
  EXPECT_NE(answer.why.find("too long"), std::string::npos) << answer.why;
}

TEST(HttpsClient, EndsWithCallsUnderWay) {
  std::promise<void> asked;
  HookServer server([&](const HookServer::Request&) {
    asked.set_value();
    Reply reply;
    reply.hang = true;
    return reply;
  });
  auto client = *HttpsClient::make(target_of(server.port()));
  client->post({}, [](const HttpAnswer&) { ADD_FAILURE() << "nobody answered"; });
  asked.get_future().wait();
  client.reset();
}

struct HttpsClientTls : testing::Test {
  const TestCertificate localhost{testing::TempDir(), "localhost"};
  const TestCertificate other{testing::TempDir(), "other.example"};

  HttpAnswer call(const TestCertificate& servers, const std::string& ca_file) {
    HookServer server([](const HookServer::Request&) { return Reply(); }, 0, &servers);
    auto target = target_of(server.port());
    target.tls = true;
    target.host = "localhost";
    target.ca_file = ca_file;
    const auto client = *HttpsClient::make(std::move(target));
    return post(*client);
  }
};

TEST_F(HttpsClientTls, TrustsTheCaItWasGiven) {
  const auto answer = call(localhost, localhost.certificate());
  EXPECT_EQ(answer.status, 204) << answer.why;
}

TEST_F(HttpsClientTls, RefusesAnUnknownCertificateAndAWrongName) {
  EXPECT_EQ(call(localhost, "").why.substr(0, 14), "TLS handshake:");
  EXPECT_EQ(call(localhost, other.certificate()).why.substr(0, 14), "TLS handshake:");
  EXPECT_EQ(call(other, other.certificate()).why.substr(0, 14), "TLS handshake:");
}

TEST_F(HttpsClientTls, RefusesACaFileThatIsNone) {
  auto target = target_of(1);
  target.ca_file = "/nonexistent/ca.pem";
  const auto client = HttpsClient::make(std::move(target));
  ASSERT_FALSE(client);
  EXPECT_NE(client.error().message.find("/nonexistent/ca.pem"), std::string::npos);
}

}  // namespace
}  // namespace confab::message_store
