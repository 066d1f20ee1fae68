#include "gateway/dialects/chat_backend/tcp_clients.hpp"

namespace confab::gateway::dialects::chat_backend {

/// A stranger until its first message was found good, then a session's connection.
class TcpClients::Client final : public StreamListener,
                                 public std::enable_shared_from_this<Client> {
 public:
  Client(TcpClients& all, std::shared_ptr<StreamSocket> socket, Place place)
      : all_(all), socket_(std::move(socket)), place_(std::move(place)) {
    all_.strangers_.insert(this);
    deadlines().set_after(deadline_, all_.options_.hello_timeout);
  }

  void on_data(StreamSocket& /*socket*/, std::string_view bytes) override {
    if (greeted_) return ignore(bytes.size());
    heard_ += bytes;
    const auto end = end_of_object(heard_);
    if (!end || (*end == 0 && heard_.size() > kMaxFirstMessage) || *end > kMaxFirstMessage) {
      return turn_away();
    }
    if (*end == 0) return;
    greeted_ = true;
    deadlines().cancel(deadline_);
    auto message = first_message(std::string_view(heard_).substr(0, *end));
    ignore(heard_.size() - *end);
    heard_ = {};
    if (!message) return turn_away();
    all_.listeners_.parts().door.loop.spawn(
        [self = shared_from_this(), said = std::move(*message)] { return self->let_in(said); });
  }

  void on_closed(StreamSocket& /*socket*/) override {
    forget_stranger();
    place_.reset();
    const auto session = std::exchange(session_, nullptr);
    if (!session) return;
    session->mark_gone();
    if (std::exchange(in_, false)) all_.listeners_.leave(session);
  }

  void turn_away() { socket_->close(); }

 private:
  [[nodiscard]] DeadlineWheel& deadlines() { return all_.listeners_.parts().deadlines; }

  /// Its socket keeps it until it is closed.
  void forget_stranger() {
    all_.strangers_.erase(this);
    deadlines().cancel(deadline_);
  }

  void ignore(std::size_t bytes) {
    ignored_ += bytes;
    if (ignored_ > kMaxIdleTalk) socket_->cut();
  }

  [[nodiscard]] Task<> let_in(FirstMessage message) {
    const auto let = co_await try_to_let_in(std::move(message));
    if (let) co_return;
    all_.listeners_.parts().door.guard.count(let.error());
    socket_->close();
  }

  [[nodiscard]] Task<Result<>> try_to_let_in(FirstMessage message) {
    auto& listeners = all_.listeners_;
    auto& host = listeners.parts().host;
    auto gid = message.gid;
    auto identity = co_await listeners.identify(std::move(message));
    if (!identity) co_return identity.error();
    auto place = listeners.place_for(*identity);
    if (!place) co_return place.error();
    const auto turn = co_await host.turn();
    if (socket_->closed()) co_return Result<>();
    if (!turn) co_return turn.error();
    auto room = co_await listeners.find_room(identity->user, std::move(gid));
    if (!room) co_return room.error();
    if (socket_->closed()) co_return Result<>();
    session_ = std::make_shared<TcpSession>(socket_, std::move(*identity), host.asks());
    session_->keep(std::move(*place));
    forget_stranger();
    in_ = co_await host.let_in(*turn, session_);
    if (!in_) co_return Result<>();
    co_return co_await listeners.hear(session_, std::move(*room));
  }

  TcpClients& all_;
  const std::shared_ptr<StreamSocket> socket_;
  Place place_;
  Listeners::SessionPtr session_;
  Deadline<&Client::turn_away> deadline_{*this};
  std::string heard_;
  std::size_t ignored_ = 0;
  bool greeted_ = false;  ///< It has said its first message.
  bool in_ = false;       ///< The session is open.
};

void TcpClients::take(const std::shared_ptr<StreamSocket>& socket) {
  if (draining_ || strangers_.size() >= options_.max_strangers) return socket->cut();
  auto place = listeners_.parts().door.guard.connect(socket->remote_address());
  if (!place) return socket->cut();
  socket->start(std::make_shared<Client>(*this, socket, std::move(*place)));
}

void TcpClients::drain() {
  draining_ = true;
  const auto strangers = strangers_;
  for (auto* stranger : strangers) stranger->turn_away();
}

}  // namespace confab::gateway::dialects::chat_backend
