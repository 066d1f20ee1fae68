#include "gateway/rpc/relayed_socket.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <exception>
#include <utility>

#include "gateway/net/frame_codec.hpp"
#include "gateway/rpc/forward_wire.hpp"

namespace confab::gateway {
namespace {

namespace asio = boost::asio;

/// What each message costs beside its bytes, so that empty ones are bounded too.
constexpr std::size_t kMessageCharge = 32;

}  // namespace

RelayedSocket* RelayedSocket::accept(grpc::CallbackServerContext* context,
                                     const std::vector<GuestDoor*>& doors) {
  const std::shared_ptr<RelayedSocket> socket(new RelayedSocket(context, doors));
  socket->self_ = socket;
  socket->StartRead(&socket->incoming_);
  return socket.get();
}

template <typename Call>
void RelayedSocket::post(Call call) {
  asio::post(door_->io,
             [self = shared_from_this(), call = std::move(call)]() mutable { call(*self); });
}

// --- gRPC's threads ------------------------------------------------------------------------------

void RelayedSocket::OnReadDone(bool ok) {
  if (door_ == nullptr) {
    const auto loop = incoming_.open().loop();
    if (!ok || !incoming_.has_open() || loop >= doors_.size()) {
      return Finish({grpc::StatusCode::NOT_FOUND, "there is no such event loop"});
    }
    door_ = doors_[loop];
    return post([](auto& self) { self.begin(std::exchange(self.incoming_, {})); });
  }
  if (!ok) return post([](auto& self) { self.drop("lost", grpc::StatusCode::CANCELLED); });
  post([](auto& self) { self.on_up(std::exchange(self.incoming_, {})); });
}

void RelayedSocket::OnWriteDone(bool ok) {
  if (ok) return post([](auto& self) { self.on_written(); });
  post([](auto& self) {
    self.writing_ = false;
    self.drop("lost", grpc::StatusCode::CANCELLED);
  });
}

/// A read is not always under way that would tell.
void RelayedSocket::OnCancel() {
  if (door_ != nullptr) post([](auto& self) { self.drop("lost", grpc::StatusCode::CANCELLED); });
}

void RelayedSocket::OnDone() {
  if (door_ == nullptr) return self_.reset();
  asio::post(door_->io, [self = std::move(self_)] { --self->door_->open; });
}

// --- The opening ---------------------------------------------------------------------------------

void RelayedSocket::begin(v1::RelayUp opening) {
  ++door_->open;
  asio::co_spawn(
      door_->io, door_->upgrade(from_wire(*opening.mutable_open())),
      [self = shared_from_this()](const std::exception_ptr& failed, UpgradeDecision decision) {
        if (failed) return self->drop("lost", grpc::StatusCode::INTERNAL);
        self->decide(std::move(decision));
      });
}

void RelayedSocket::decide(UpgradeDecision decision) {
  if (finished_) return;
  writing_ = true;
  if (auto* refused = std::get_if<HttpResponse>(&decision)) {
    to_wire(std::move(*refused), *outgoing_.mutable_refused());
    finished_ = true;
    return StartWriteAndFinish(&outgoing_, {}, grpc::Status::OK);
  }
  auto& accept = std::get<UpgradeAccept>(decision);
  max_outbox_bytes_ = accept.max_outbox_bytes;
  max_backlog_bytes_ = accept.max_backlog_bytes;
  auto& accepted = *outgoing_.mutable_accepted();
  accepted.set_max_message_bytes(accept.max_message_bytes);
  accepted.set_max_backlog_bytes(accept.max_backlog_bytes);
  accepted.set_subprotocol(accept.subprotocol);
  StartWrite(&outgoing_);
  accept.opened(shared_from_this());
}

// --- From the client -----------------------------------------------------------------------------

void RelayedSocket::start(std::shared_ptr<WebSocketListener> listener) {
  listener_ = std::move(listener);
  read();
}

/// The next message is asked for when the last has been dealt with: the client is not heard faster
/// than this event loop works.
void RelayedSocket::read() {
  if (reading_ || held_ || finished_) return;
  reading_ = true;
  StartRead(&incoming_);
}

void RelayedSocket::on_up(v1::RelayUp up) {
  reading_ = false;
  if (finished_) return;
  for (const auto& message : up.messages()) {
    if (ending() || !listener_) break;
    try {
      const auto listener = listener_;
      if (message.binary()) {
        listener->on_binary(*this, message.data());
      } else {
        listener->on_text(*this, message.data());
      }
    } catch (const std::exception&) {
      close(close_code::kInternalError, "internal error");
    }
  }
  if (!up.closed().empty()) return finish(up.closed(), grpc::Status::OK);
  read();
}

void RelayedSocket::set_reading(bool reading) {
  held_ = !reading;
  read();
}

// --- To the client -------------------------------------------------------------------------------

void RelayedSocket::send_text(SharedBytes message) {
  auto frame = std::make_shared<std::string>();
  append_text_frame(*frame, *message);
  push({std::move(frame), false});
}

void RelayedSocket::send_binary(SharedBytes message) {
  auto frame = std::make_shared<std::string>();
  append_binary_frame(*frame, *message);
  push({std::move(frame), false});
}

bool RelayedSocket::send_frames(const SharedBytes& frames) {
  if (ending()) return true;
  if (shared_bytes_ > max_backlog_bytes_) {
    refused_frames_ = true;
    return false;
  }
  push({frames, true});
  return true;
}

void RelayedSocket::push(Piece piece) {
  if (ending()) return;
  counter_of(piece) += piece.frames->size() + kMessageCharge;
  pieces_.push_back(std::move(piece));
  if (message_bytes_ > max_outbox_bytes_) return drop("overflow", grpc::StatusCode::ABORTED);
  write_soon();
}

std::size_t RelayedSocket::outbox_bytes() const { return message_bytes_ + shared_bytes_; }

/// Later, so that what one turn of the loop says travels together.
void RelayedSocket::write_soon() {
  if (writing_) return;
  writing_ = true;
  post([](auto& self) { self.write_next(); });
}

void RelayedSocket::write_next() {
  if (finished_) return;
  outgoing_.Clear();
  auto& frames = *outgoing_.mutable_frames();
  while (!pieces_.empty() &&
         (frames.empty() || frames.size() + pieces_.front().frames->size() <= kMaxPieceBytes)) {
    frames += *pieces_.front().frames;
    leaving_.push_back(std::move(pieces_.front()));
    pieces_.pop_front();
  }
  if (pieces_.empty() && closing_ && !close_sent_) {
    close_sent_ = true;
    *outgoing_.mutable_close() = *closing_;
  }
  StartWrite(&outgoing_);
}

void RelayedSocket::on_written() {
  writing_ = false;
  for (const auto& piece : std::exchange(leaving_, {})) {
    counter_of(piece) -= piece.frames->size() + kMessageCharge;
  }
  if (finished_) return;
  if (!pieces_.empty() || (closing_ && !close_sent_)) return write_soon();
  if (!std::exchange(refused_frames_, false) || closing_ || !listener_) return;
  try {
    listener_->on_drained(*this);
  } catch (const std::exception&) {
    close(close_code::kInternalError, "internal error");
  }
}

// --- Ending --------------------------------------------------------------------------------------

void RelayedSocket::close(std::uint16_t code, std::string_view reason) {
  if (ending()) return;
  closing_.emplace();
  closing_->set_code(code);
  closing_->set_reason(std::string(reason));
  door_->deadlines.set_after(deadline_, kCloseTime);
  held_ = false;
  read();  // For the end, which the other side tells.
  write_soon();
}

/// Cuts the call; the other gateway then cuts the client.
void RelayedSocket::drop(std::string_view reason, grpc::StatusCode code) {
  if (finished_) return;
  // A write that the other side does not take would hold the end up for ever.
  if (writing_) context_->TryCancel();
  finish(reason, {code, std::string(reason)});
}

void RelayedSocket::finish(std::string_view reason, const grpc::Status& status) {
  finished_ = true;
  door_->deadlines.cancel(deadline_);
  Finish(status);
  tell_closed(reason);
}

/// Later: this may run inside a call of the listener.
void RelayedSocket::tell_closed(std::string_view reason) {
  post([reason = std::string(reason)](auto& self) {
    const auto listener = std::exchange(self.listener_, nullptr);
    if (listener) listener->on_closed(self, reason);
  });
}

}  // namespace confab::gateway
