#include "common/redis/link.hpp"

#include <hiredis/read.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

extern "C" {
#include <hiredis/hiredis.h>
}

namespace confab::redis {
namespace {

namespace asio = boost::asio;
using asio::experimental::awaitable_operators::operator||;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::milliseconds kFirstPause{100};
constexpr std::chrono::milliseconds kLongestPause{3000};
constexpr auto kNoRedis = "what answers is no Redis";

void flatten(const redisReply& from, Reply& out) {
  if (from.type == REDIS_REPLY_ERROR) out.error = true;
  if (from.type == REDIS_REPLY_ARRAY) {
    for (std::size_t i = 0; i < from.elements; ++i) flatten(*from.element[i], out);
  } else if (from.str != nullptr) {
    out.parts.emplace_back(from.str, static_cast<std::size_t>(from.len));
  } else {
    out.parts.emplace_back();
  }
}

/// Valid as long as `raw`.
template <typename Raw>
Reply reply_of(const Raw& raw) {
  Reply reply;
  flatten(*static_cast<const redisReply*>(raw.get()), reply);
  return reply;
}

/// Why the server does not let a link do its work; empty when it does, or does not right now.
std::string refusal_in(const Reply& reply) {
  if (!reply.error || reply.parts.empty()) return {};
  const auto text = reply.parts.front();
  const auto says = [&](std::string_view code) { return text.starts_with(code); };
  return says("NOAUTH") || says("WRONGPASS") || says("NOPERM") ? std::string(text) : std::string();
}

}  // namespace

/// The RESP reader of hiredis; one per connection, so that no half reply outlives its connection.
struct Link::Reader {
  redisReader* resp = redisReaderCreate();
  Reader() = default;
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader() { redisReaderFree(resp); }
};

Link::Link(asio::io_context& loop, Address address, LinkEvents events, Answers answers,
           std::string hello)
    : loop_(loop),
      address_(std::move(address)),
      events_(std::move(events)),
      answers_(answers),
      hello_(hello.empty() ? command({"PING"}) : std::move(hello)),
      socket_(loop),
      pause_(loop),
      watchdog_(loop) {}

void Link::start() {
  asio::co_spawn(loop_, run(), [self = shared_from_this()](const std::exception_ptr& failure) {
    if (failure && !self->stopped_) self->start();  // Out of memory at worst: begin anew.
  });
}

void Link::stop() {
  stopped_ = true;
  up_ = false;
  boost::system::error_code ignored;
  socket_.close(ignored);
  pause_.cancel();
  watchdog_.cancel();
}

void Link::reconnect() {
  if (!up_) return;
  boost::system::error_code ignored;
  socket_.close(ignored);
}

bool Link::send(std::string_view bytes) {
  if (!up_ || queued_.size() + bytes.size() > kMaxQueuedBytes) return false;
  queued_ += bytes;
  if (!writing_) {
    writing_ = true;
    // Started from the loop's next turn, so that all of this turn's commands leave together.
    asio::co_spawn(
        loop_, write_all(), [self = shared_from_this()](const std::exception_ptr& failed) {
          if (failed) self->writing_ = false;  // Out of memory at worst; the next send tries again.
        });
  }
  return true;
}

asio::awaitable<void> Link::run() {
  auto pause = kFirstPause;
  while (!stopped_) {
    auto why = co_await connect_once();
    if (why.empty()) {
      pause = kFirstPause;
      co_await converse();
      why = std::exchange(refusal_, {});
      if (why.empty()) why = "connection lost";
    }
    up_ = false;
    queued_.clear();
    boost::system::error_code ignored;
    socket_.close(ignored);
    watchdog_.cancel();
    if (stopped_) break;
    events_.down(why);
    pause_.expires_after(pause);
    co_await pause_.async_wait(kAwait);
    pause = std::min(pause * 2, kLongestPause);
  }
}

/// Empty when connected and let in, else why not.
asio::awaitable<std::string> Link::connect_once() {
  asio::steady_timer deadline(loop_, kConnectDeadline);
  const auto first = co_await (connect() || deadline.async_wait(asio::use_awaitable));
  if (first.index() == 1) co_return std::string("no answer in time");
  co_return std::get<0>(first);
}

asio::awaitable<std::string> Link::connect() {
  asio::ip::tcp::resolver resolver(loop_);
  const auto [resolve_error, endpoints] =
      co_await resolver.async_resolve(address_.host, std::to_string(address_.port), kAwait);
  if (resolve_error) co_return resolve_error.message();
  const auto [connect_error, endpoint] = co_await asio::async_connect(socket_, endpoints, kAwait);
  if (connect_error) co_return connect_error.message();
  boost::system::error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  co_return co_await enter();
}

/// A password that a server does not ask for does not matter.
asio::awaitable<std::string> Link::enter() {
  reader_ = std::make_shared<Reader>();
  std::string words;
  if (!address_.password.empty()) {
    words = address_.user.empty() ? command({"AUTH", address_.password})
                                  : command({"AUTH", address_.user, address_.password});
  }
  int expected = words.empty() ? 1 : 2;
  words += hello_;
  const auto [write_error, written] =
      co_await asio::async_write(socket_, asio::buffer(words), kAwait);
  if (write_error) co_return write_error.message();
  std::string refusal;
  std::string buffer(4096, '\0');
  while (expected > 0) {
    const auto [error, size] = co_await socket_.async_read_some(asio::buffer(buffer), kAwait);
    if (error) co_return error.message();
    if (redisReaderFeed(reader_->resp, buffer.data(), size) != REDIS_OK) co_return kNoRedis;
    for (; expected > 0; --expected) {
      const auto raw = next_reply();
      if (!raw) co_return kNoRedis;
      if (!*raw) break;
      if (refusal.empty()) refusal = refusal_in(reply_of(*raw));
    }
  }
  co_return refusal;
}

asio::awaitable<void> Link::converse() {
  heard_ = std::chrono::steady_clock::now();
  up_ = true;
  ++connection_;
  if (answers_ == Answers::unwanted) send(command({"CLIENT", "REPLY", "OFF"}));
  watch();
  events_.up();
  std::string buffer(64 * 1024, '\0');
  while (!stopped_) {
    const auto [error, size] = co_await socket_.async_read_some(asio::buffer(buffer), kAwait);
    if (error) co_return;
    heard_ = std::chrono::steady_clock::now();
    if (!feed(std::string_view(buffer).substr(0, size))) co_return;
  }
}

/// Hands every complete reply on; false when the bytes are no RESP.
bool Link::feed(std::string_view bytes) {
  const auto reader = reader_;
  if (redisReaderFeed(reader->resp, bytes.data(), bytes.size()) != REDIS_OK) return false;
  for (;;) {
    const auto raw = next_reply();
    if (!raw) return false;
    if (!*raw) return true;
    const auto reply = reply_of(*raw);
    // Then nothing is answered but what watch() asks.
    if (answers_ == Answers::unwanted) refusal_ = refusal_in(reply);
    if (!refusal_.empty()) return false;
    events_.reply(reply);
    if (stopped_) return false;
  }
}

/// The next complete reply, null when there is none yet; nothing when the bytes are no RESP.
std::optional<Link::RawReply> Link::next_reply() {
  void* raw = nullptr;
  if (redisReaderGetReply(reader_->resp, &raw) != REDIS_OK) return std::nullopt;
  return RawReply(raw, freeReplyObject);
}

asio::awaitable<void> Link::write_all() {
  const auto self = shared_from_this();
  while (!queued_.empty() && up_) {
    const auto batch = std::exchange(queued_, {});
    const auto connection = connection_;
    const auto [error, size] = co_await asio::async_write(socket_, asio::buffer(batch), kAwait);
    // The reading side notices and reconnects. If it has done so meanwhile, what is queued now is
    // for the new connection.
    if (error && connection == connection_) break;
  }
  writing_ = false;
}

void Link::watch() {
  watchdog_.expires_after(kPingEvery);
  watchdog_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
    const auto self = weak.lock();
    if (error || !self || !self->up_) return;
    if (std::chrono::steady_clock::now() - self->heard_ > kSilence) {
      boost::system::error_code ignored;
      self->socket_.close(ignored);
      return;
    }
    self->send(self->answers_ == Answers::wanted
                   ? command({"PING"})
                   : command({"CLIENT", "REPLY", "ON"}) + self->hello_ +
                         command({"CLIENT", "REPLY", "OFF"}));
    self->watch();
  });
}

void append_command(std::string& out, std::initializer_list<std::string_view> words) {
  out += '*';
  out += std::to_string(words.size());
  out += "\r\n";
  for (const auto word : words) {
    out += '$';
    out += std::to_string(word.size());
    out += "\r\n";
    out += word;
    out += "\r\n";
  }
}

std::string command(std::initializer_list<std::string_view> words) {
  std::string out;
  append_command(out, words);
  return out;
}

}  // namespace confab::redis
