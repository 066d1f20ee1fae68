#include "message_store/webhook/https_client.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <thread>

#include "message_store/webhook/https_connection.hpp"

namespace confab::message_store {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;

/// Servers close idle connections, the usual ones after five seconds.
constexpr std::chrono::seconds kMostIdle{4};
/// Calls, those included whose time is over, but which still wait for a name server, say.
constexpr std::size_t kMostLingering = 64;

HttpsConnection::Request to_request(const HttpTarget& target, HttpPost post) {
  HttpsConnection::Request request(http::verb::post, target.path, 11);
  auto host = target.host.find(':') == std::string::npos ? target.host : "[" + target.host + "]";
  if (target.port != (target.tls ? "443" : "80")) host += ":" + target.port;
  request.set(http::field::host, host);
  request.set(http::field::user_agent, "Confab");
  for (const auto& [name, value] : post.headers) request.set(name, value);
  request.body() = std::move(post.body);
  request.prepare_payload();
  return request;
}

}  // namespace

struct HttpsClient::Impl {
  using Connection = std::shared_ptr<HttpsConnection>;

  /// One post(). Ends once, by its answer or by its time.
  struct Call {
    Call(asio::io_context& loop, HttpsConnection::Request its_request,
         std::function<void(HttpAnswer)> its_done)
        : request(std::move(its_request)), done(std::move(its_done)), time(loop) {}

    void finish(HttpAnswer answer) {
      if (!done) return;
      time.cancel();
      std::exchange(done, nullptr)(std::move(answer));
    }

    HttpsConnection::Request request;
    std::function<void(HttpAnswer)> done;
    asio::steady_timer time;
    HttpAnswer outcome;  // Once there is one; its body is still read.
    Connection connection;
  };

  explicit Impl(HttpTarget its_target) : target(std::move(its_target)) {}

  Result<> trust() {
    boost::system::error_code error;
    SSL_CTX_set_min_proto_version(tls.native_handle(), TLS1_2_VERSION);
    tls.set_verify_mode(asio::ssl::verify_peer);
    if (target.ca_file.empty()) {
      tls.set_default_verify_paths(error);
    } else {
      tls.load_verify_file(target.ca_file, error);
    }
    if (!error) return {};
    return Error{ErrorCode::invalid_argument,
                 "cannot read the CA certificates " + target.ca_file + ": " + error.message()};
  }

  void begin(const std::shared_ptr<Call>& call) {
    if (lingering >= kMostLingering) {
      HttpAnswer answer;
      answer.why = "earlier calls still wait for the name server";
      return call->finish(std::move(answer));
    }
    call->time.expires_after(target.timeout);
    call->time.async_wait([call](const boost::system::error_code& cancelled) {
      if (cancelled) return;
      if (call->outcome.status == 0) call->outcome.why = "it took too long";
      call->finish(call->outcome);
      if (call->connection) call->connection->close();
    });
    ++lingering;
    asio::co_spawn(loop, perform(call), [this, call](const std::exception_ptr& failure) {
      --lingering;
      if (!failure) return;
      HttpAnswer answer;
      answer.why = "an unforeseen error";
      call->finish(std::move(answer));
    });
  }

  /// A kept connection may have been closed by the server meanwhile: then once more with a new one.
  asio::awaitable<void> perform(std::shared_ptr<Call> call) {
    HttpAnswer answer;
    call->connection = kept_connection();
    if (call->connection) answer = co_await call->connection->exchange(call->request);
    if (answer.status == 0 && call->done) {
      call->connection = std::make_shared<HttpsConnection>(loop, tls, target);
      answer.why = co_await call->connection->open();
      if (answer.why.empty() && call->done) {
        answer = co_await call->connection->exchange(call->request);
      }
    }
    if (answer.status == 0 || !call->done) co_return call->finish(std::move(answer));
    call->outcome = answer;
    // Before the answer is told, so that the next call finds the connection.
    const bool reusable = co_await call->connection->drain();
    if (reusable && kept.size() < target.kept_connections) {
      call->connection->idle_since = std::chrono::steady_clock::now();
      kept.push_back(std::move(call->connection));
    }
    call->finish(std::move(answer));
  }

  /// The one used last, so that those that are not needed grow old; nothing when there is none.
  Connection kept_connection() {
    const auto oldest = std::chrono::steady_clock::now() - kMostIdle;
    while (!kept.empty() && kept.front()->idle_since < oldest) kept.erase(kept.begin());
    if (kept.empty()) return nullptr;
    auto connection = std::move(kept.back());
    kept.pop_back();
    return connection;
  }

  const HttpTarget target;
  asio::io_context loop{1};
  asio::ssl::context tls{asio::ssl::context::tls_client};
  asio::executor_work_guard<asio::io_context::executor_type> work = asio::make_work_guard(loop);
  std::vector<Connection> kept;  // By idle_since.
  std::size_t lingering = 0;     // Coroutines.
  std::thread thread;
};

Result<std::unique_ptr<HttpsClient>> HttpsClient::make(HttpTarget target) {
  auto impl = std::make_unique<Impl>(std::move(target));
  if (const auto good = impl->trust(); !good) return good.error();
  impl->thread = std::thread([&loop = impl->loop] { loop.run(); });
  return std::unique_ptr<HttpsClient>(new HttpsClient(std::move(impl)));
}

HttpsClient::HttpsClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

HttpsClient::~HttpsClient() {
  impl_->loop.stop();
  impl_->thread.join();
  impl_->kept.clear();
}

void HttpsClient::post(HttpPost post, std::function<void(HttpAnswer)> done) {
  auto call = std::make_shared<Impl::Call>(impl_->loop, to_request(impl_->target, std::move(post)),
                                           std::move(done));
  asio::post(impl_->loop, [impl = impl_.get(), call = std::move(call)] { impl->begin(call); });
}

}  // namespace confab::message_store
