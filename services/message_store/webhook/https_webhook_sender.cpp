#include "message_store/webhook/https_webhook_sender.hpp"

#include <charconv>
#include <ctime>
#include <iomanip>
#include <locale>
#include <sstream>

#include "message_store/webhook/signature.hpp"

namespace confab::message_store {
namespace {

using std::chrono::seconds;

// Beyond this nobody waits anyway.
constexpr std::int64_t kMostSeconds = 30 * 24 * 3600;

std::int64_t unix_seconds(std::chrono::system_clock::time_point time) {
  return std::chrono::duration_cast<seconds>(time.time_since_epoch()).count();
}

}  // namespace

std::chrono::milliseconds parse_retry_after(const std::string& header,
                                            std::chrono::system_clock::time_point now) {
  std::int64_t wait = 0;
  const auto* end = header.data() + header.size();
  const auto [stop, error] = std::from_chars(header.data(), end, wait);
  if (error != std::errc() || stop != end) {
    std::tm date{};
    std::istringstream text(header);
    text.imbue(std::locale::classic());
    text >> std::get_time(&date, "%a, %d %b %Y %H:%M:%S GMT");
    if (text.fail()) return seconds(0);
    wait = static_cast<std::int64_t>(timegm(&date)) - unix_seconds(now);
  }
  return seconds(std::clamp<std::int64_t>(wait, 0, kMostSeconds));
}

WebhookAnswer judge(const HttpAnswer& http, std::chrono::system_clock::time_point now) {
  WebhookAnswer answer;
  answer.status = http.status;
  if (http.status / 100 == 2) {
    answer.verdict = WebhookAnswer::Verdict::delivered;
    return answer;
  }
  answer.why = http.status == 0         ? http.why
               : http.status / 100 == 3 ? "it redirects, which is not followed"
                                        : "it refuses";
  answer.retry_after = parse_retry_after(http.retry_after, now);
  if (http.status == 410) answer.verdict = WebhookAnswer::Verdict::gone;
  return answer;
}

Result<std::unique_ptr<HttpsWebhookSender>> HttpsWebhookSender::make(
    const WebhookEndpoint& endpoint, const Clock& clock) {
  HttpTarget target;
  target.tls = endpoint.url.tls;
  target.host = endpoint.url.host;
  target.port = endpoint.url.port;
  target.path = endpoint.url.target;
  target.ca_file = endpoint.ca_file;
  target.timeout = endpoint.timeout;
  target.connect_timeout = std::min(target.connect_timeout, endpoint.timeout);
  target.handshake_timeout = std::min(target.handshake_timeout, endpoint.timeout);
  target.kept_connections = endpoint.in_flight;
  auto client = HttpsClient::make(std::move(target));
  if (!client) return client.error();
  return std::unique_ptr<HttpsWebhookSender>(
      new HttpsWebhookSender(endpoint.keys, clock, std::move(*client)));
}

void HttpsWebhookSender::send(WebhookDelivery delivery, Done done) {
  const auto time = unix_seconds(clock_.now());
  HttpPost post;
  post.headers.emplace_back("content-type", "application/json");
  post.headers.emplace_back("webhook-id", delivery.id);
  post.headers.emplace_back("webhook-timestamp", std::to_string(time));
  post.headers.emplace_back("webhook-signature",
                            webhook_signature(keys_, delivery.id, time, delivery.body));
  post.body = std::move(delivery.body);
  client_->post(std::move(post), [&clock = clock_, done = std::move(done)](const HttpAnswer& http) {
    done(judge(http, clock.now()));
  });
}

}  // namespace confab::message_store

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::message_store {
namespace {

const std::chrono::system_clock::time_point kNow{seconds(1'445'412'480)};

WebhookAnswer judged(int status, const std::string& retry_after = "") {
  return judge({status, retry_after, "nobody there"}, kNow);
}

TEST(WebhookAnswers, Only2xxIsDeliveredAnd410EndsIt) {
  EXPECT_EQ(judged(200).verdict, WebhookAnswer::Verdict::delivered);
  EXPECT_EQ(judged(204).verdict, WebhookAnswer::Verdict::delivered);
  EXPECT_EQ(judged(410).verdict, WebhookAnswer::Verdict::gone);
  for (const int status : {0, 199, 301, 308, 400, 404, 429, 500, 503}) {
    EXPECT_EQ(judged(status).verdict, WebhookAnswer::Verdict::retry) << status;
    EXPECT_FALSE(judged(status).why.empty());
  }
  EXPECT_EQ(judged(0).why, "nobody there");
}

TEST(WebhookAnswers, RetryAfterIsSecondsOrADate) {
  EXPECT_EQ(judged(503, "120").retry_after, seconds(120));
  EXPECT_EQ(judged(429, "Wed, 21 Oct 2015 07:28:30 GMT").retry_after, seconds(30));
  EXPECT_EQ(judged(429, "Wed, 21 Oct 2015 07:27:00 GMT").retry_after, seconds(0));
  for (const auto* nonsense : {"", "-5", "soon", "1e9", "12 apples"}) {
    EXPECT_EQ(judged(503, nonsense).retry_after, seconds(0)) << nonsense;
  }
  EXPECT_EQ(judged(503, "999999999999").retry_after, seconds(kMostSeconds));
}

}  // namespace
}  // namespace confab::message_store
#endif
