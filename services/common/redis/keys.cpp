#include "common/redis/keys.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "common/redis/publisher.hpp"

namespace confab::redis {
namespace {

Error away() { return {ErrorCode::unavailable, "Redis does not answer"}; }

std::string mget(const std::vector<std::string>& keys) {
  auto out = "*" + std::to_string(keys.size() + 1) + "\r\n$4\r\nMGET\r\n";
  for (const auto& key : keys) {
    out.append("$").append(std::to_string(key.size())).append("\r\n").append(key).append("\r\n");
  }
  return out;
}

}  // namespace

Keys::Keys(boost::asio::io_context& loop, const std::vector<Address>& addresses, Events events)
    : loop_(loop), events_(std::move(events)) {
  for (const auto& address : addresses) {
    const auto server = servers_.emplace_back(std::make_shared<Server>());
    server->link = std::make_shared<Link>(
        loop, address,
        LinkEvents{.up = [this, host = address.host] { events_.link(host, true, ""); },
                   .reply = [this, at = server.get()](const Reply& reply) { on_reply(*at, reply); },
                   .down =
                       [this, at = server.get(), host = address.host](std::string_view why) {
                         on_down(*at);
                         events_.link(host, false, why);
                       }});
  }
}

Keys::~Keys() {
  for (const auto& server : servers_) server->link->stop();
}

void Keys::start() {
  for (const auto& server : servers_) server->link->start();
}

std::size_t Keys::server_of(std::uint32_t bucket) const {
  return server_of_bucket(bucket, servers_.size());
}

bool Keys::set(std::uint32_t bucket, std::string_view key, std::string_view value,
               std::chrono::seconds life) {
  return servers_[server_of(bucket)]->link->send(
      command({"SET", key, value, "EX", std::to_string(life.count())}));
}

bool Keys::publish(std::uint32_t bucket, std::string_view channel, std::string_view payload) {
  return servers_[server_of(bucket)]->link->send(command({"PUBLISH", channel, payload}));
}

void Keys::publish_to(std::size_t server, std::string_view channel, std::string_view payload,
                      std::function<void(Result<>)> done) {
  // The answer is one number, of those who have heard it.
  ask(*servers_[server], command({"PUBLISH", channel, payload}), 1,
      [done = std::move(done)](const Result<Values>& answer) {
        done(answer ? Result<>() : Result<>(answer.error()));
      });
}

void Keys::get(std::size_t server, const std::vector<std::string>& keys,
               std::function<void(Result<Values>)> done) {
  ask(*servers_[server], mget(keys), keys.size(), std::move(done));
}

void Keys::ask(Server& server, const std::string& question, std::size_t values,
               std::function<void(Result<Values>)> done) {
  if (server.reads.size() >= kMaxReads) {
    return fail_soon(std::move(done), {ErrorCode::overloaded, "too many reads wait for Redis"});
  }
  auto mark = "confab:read:" + std::to_string(++next_mark_);
  if (!server.link->send(question + command({"ECHO", mark}))) {
    return fail_soon(std::move(done), away());
  }
  server.reads.push_back({mark, values, std::move(done)});
  give_up_later(server, std::move(mark));
}

void Keys::fail_soon(std::function<void(Result<Values>)> done, Error error) {
  boost::asio::post(loop_, [done = std::move(done), error = std::move(error)] { done(error); });
}

/// It stays in the queue, so that its answer is known for what it is when it comes after all.
void Keys::give_up_later(Server& server, std::string mark) {
  const auto timer = std::make_shared<boost::asio::steady_timer>(loop_, kDeadline);
  const std::weak_ptr<Server> kept = *std::find_if(
      servers_.begin(), servers_.end(), [&](const auto& one) { return one.get() == &server; });
  timer->async_wait([timer, kept, mark = std::move(mark)](const boost::system::error_code&) {
    const auto still = kept.lock();
    if (!still) return;
    for (auto& read : still->reads) {
      if (read.mark != mark || !read.done) continue;
      const auto done = std::exchange(read.done, nullptr);
      return done(away());
    }
  });
}

void Keys::on_reply(Server& server, const Reply& reply) {
  const bool ends_a_read = !reply.error && reply.parts.size() == 1 && !server.reads.empty() &&
                           reply.parts[0] == server.reads.front().mark;
  if (!ends_a_read) {
    server.failed = reply.error;
    server.last.assign(reply.parts.begin(), reply.parts.end());
    return;
  }
  auto read = std::move(server.reads.front());
  server.reads.pop_front();
  auto values = std::exchange(server.last, {});
  if (!read.done) return;
  if (server.failed || values.size() != read.values) return read.done(away());
  read.done(std::move(values));
}

void Keys::on_down(Server& server) {
  server.last.clear();
  for (const auto& read : std::exchange(server.reads, {})) {
    if (read.done) read.done(away());
  }
}

}  // namespace confab::redis
