#include "common/redis/subscriber.hpp"

#include "common/redis/publisher.hpp"

namespace confab::redis {

Subscriber::Subscriber(boost::asio::io_context& loop, const std::vector<Address>& addresses,
                       Events events)
    : events_(std::move(events)) {
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    links_.push_back(std::make_shared<Link>(
        loop, addresses[i],
        LinkEvents{.up =
                       [this, i, host = addresses[i].host] {
                         events_.link(i, host, true, "");
                         on_up(i);
                       },
                   .reply = [this](const Reply& reply) { on_reply(reply); },
                   .down = [this, i, host = addresses[i].host](
                               std::string_view why) { events_.link(i, host, false, why); }}));
  }
}

Subscriber::~Subscriber() {
  for (const auto& link : links_) link->stop();
}

void Subscriber::start() {
  for (const auto& link : links_) link->start();
}

void Subscriber::subscribe(std::uint32_t bucket, const std::string& channel) {
  subscribe_at(server_of_bucket(bucket, links_.size()), channel);
}

void Subscriber::subscribe_at(std::size_t server, const std::string& channel) {
  wanted_.emplace(channel, server);
  links_[server]->send(command({"SUBSCRIBE", channel}));
}

void Subscriber::unsubscribe(const std::string& channel) {
  const auto found = wanted_.find(channel);
  if (found == wanted_.end()) return;
  links_[found->second]->send(command({"UNSUBSCRIBE", channel}));
  wanted_.erase(found);
}

void Subscriber::reconnect(std::size_t server) { links_[server]->reconnect(); }

bool Subscriber::is_up() const {
  for (const auto& link : links_) {
    if (!link->is_up()) return false;
  }
  return true;
}

void Subscriber::on_up(std::size_t server) {
  std::string words;
  std::size_t count = 0;
  const auto flush = [&] {
    if (count == 0) return;
    links_[server]->send("*" + std::to_string(count + 1) + "\r\n$9\r\nSUBSCRIBE\r\n" + words);
    words.clear();
    count = 0;
  };
  for (const auto& [channel, its_server] : wanted_) {
    if (its_server != server) continue;
    words += "$" + std::to_string(channel.size()) + "\r\n" + channel + "\r\n";
    if (++count == kChannelsPerCommand) flush();
  }
  flush();
}

void Subscriber::on_reply(const Reply& reply) {
  if (reply.parts.size() != 3) return;  // Answers to PING, AUTH and the like.
  if (reply.parts[0] == "message") {
    events_.message(reply.parts[1], reply.parts[2]);
  } else if (reply.parts[0] == "subscribe" && wanted_.contains(std::string(reply.parts[1]))) {
    events_.subscribed(reply.parts[1]);
  }
}

}  // namespace confab::redis
