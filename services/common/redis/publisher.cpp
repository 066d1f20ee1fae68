#include "common/redis/publisher.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "common/base/sharding.hpp"
#include "common/redis/link.hpp"

namespace confab::redis {
namespace {

/// A channel that nobody listens to; who may publish there may to all others of Confab.
constexpr auto kHello = "confab:hello";

}  // namespace

// Threads: callers append to a server's `pending` under its mutex; the one that finds it empty
// posts a flush to the publisher's thread, which owns the links.
struct Publisher::Impl {
  struct Server {
    std::shared_ptr<Link> link;
    std::mutex mutex;  // Guards pending and count.
    std::string pending;
    std::size_t count = 0;
    std::atomic<bool> up{false};
  };

  explicit Impl(Events its_events) : events(std::move(its_events)) {}

  void add(const Address& address) {
    auto& server = *servers.emplace_back(std::make_unique<Server>());
    server.link = std::make_shared<Link>(
        loop, address,
        LinkEvents{.up =
                       [this, &server, host = address.host] {
                         server.up = true;
                         events.link(host, true, "");
                       },
                   .reply = [](const Reply&) {},
                   .down =
                       [this, &server, host = address.host](std::string_view why) {
                         server.up = false;
                         events.link(host, false, why);
                       }},
        // They would be numbers of receivers, each waking this thread for nothing.
        Link::Answers::unwanted, command({"PUBLISH", kHello, ""}));
    server.link->start();
  }

  void flush(Server& server) {
    std::string batch;
    std::size_t count = 0;
    {
      const std::lock_guard lock(server.mutex);
      batch.swap(server.pending);
      std::swap(count, server.count);
    }
    if (!server.link->send(batch)) events.dropped(count);
  }

  Events events;
  boost::asio::io_context loop{1};
  std::vector<std::unique_ptr<Server>> servers;
  std::thread thread;
};

Publisher::Publisher(std::vector<Address> addresses, Events events)
    : impl_(std::make_unique<Impl>(std::move(events))) {
  for (const auto& address : addresses) impl_->add(address);
  impl_->thread = std::thread([&loop = impl_->loop] {
    const auto work = boost::asio::make_work_guard(loop);
    loop.run();
  });
}

Publisher::~Publisher() {
  boost::asio::post(impl_->loop, [impl = impl_.get()] {
    for (auto& server : impl->servers) {
      impl->flush(*server);
      server->link->stop();
    }
    impl->loop.stop();
  });
  impl_->thread.join();
}

void Publisher::publish(std::span<const Message> messages) {
  std::vector<Impl::Server*> first_in;
  for (const auto& [bucket, channel, payload] : messages) {
    auto& server = *impl_->servers[server_of_bucket(bucket, impl_->servers.size())];
    const std::lock_guard lock(server.mutex);
    if (server.pending.size() + channel.size() + payload.size() > kMaxPendingBytes) {
      impl_->events.dropped(1);
      continue;
    }
    if (server.count == 0) first_in.push_back(&server);
    append_command(server.pending, {"PUBLISH", channel, payload});
    ++server.count;
  }
  for (auto* const server : first_in) {
    boost::asio::post(impl_->loop, [impl = impl_.get(), server] { impl->flush(*server); });
  }
}

bool Publisher::is_up() const {
  for (const auto& server : impl_->servers) {
    if (!server->up) return false;
  }
  return true;
}

std::size_t server_of_bucket(std::uint32_t bucket, std::size_t servers) {
  return static_cast<std::size_t>(bucket) * servers / kBuckets;
}

}  // namespace confab::redis
