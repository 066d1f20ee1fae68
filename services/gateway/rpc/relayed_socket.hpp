#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "confab/gateway/v1/gateway.grpc.pb.h"
#include "gateway/net/deadline_wheel.hpp"
#include "gateway/rpc/guest_door.hpp"

namespace confab::gateway {

/// A client's WebSocket that another gateway holds, as the session sees it: one call of Relay.
/// Frames go down it as fast as the other gateway gets rid of them; what waits here has the limits
/// of any WebSocket. gRPC's threads enter by the On… methods and post to the event loop of the
/// session, where all the rest happens; the call keeps itself until it is over.
class RelayedSocket final : public WebSocket,
                            public grpc::ServerBidiReactor<v1::RelayUp, v1::RelayDown>,
                            public std::enable_shared_from_this<RelayedSocket> {
 public:
  /// What leaves in one piece, unless one message alone is larger.
  static constexpr std::size_t kMaxPieceBytes = 256 * 1024;
  /// For the other side to end the call after close().
  static constexpr std::chrono::seconds kCloseTime{10};

  /// The call that has just come in. `doors`, by event loop, outlive it.
  static RelayedSocket* accept(grpc::CallbackServerContext* context,
                               const std::vector<GuestDoor*>& doors);

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

  void start(std::shared_ptr<WebSocketListener> listener) override;
  void send_text(SharedBytes message) override;
  void send_binary(SharedBytes message) override;
  [[nodiscard]] bool send_frames(const SharedBytes& frames) override;
  void set_reading(bool reading) override;
  void close(std::uint16_t code, std::string_view reason) override;
  void abort() override { drop("aborted", grpc::StatusCode::ABORTED); }
  [[nodiscard]] std::size_t outbox_bytes() const override;

 private:
  struct Piece {
    SharedBytes frames;
    bool is_shared;
  };
  /// Of a piece that counts for one of the two limits.
  [[nodiscard]] std::size_t& counter_of(const Piece& piece) {
    return piece.is_shared ? shared_bytes_ : message_bytes_;
  }
  [[nodiscard]] bool ending() const { return closing_ || finished_; }

  RelayedSocket(grpc::CallbackServerContext* context, const std::vector<GuestDoor*>& doors)
      : context_(context), doors_(doors) {}

  void begin(v1::RelayUp opening);
  void decide(UpgradeDecision decision);
  void read();
  void on_up(v1::RelayUp up);
  void push(Piece piece);
  void write_soon();
  void write_next();
  void on_written();
  void on_deadline() { drop("timeout", grpc::StatusCode::DEADLINE_EXCEEDED); }
  void drop(std::string_view reason, grpc::StatusCode code);
  void finish(std::string_view reason, const grpc::Status& status);
  void tell_closed(std::string_view reason);
  template <typename Call>
  void post(Call call);

  grpc::CallbackServerContext* const context_;
  const std::vector<GuestDoor*>& doors_;
  GuestDoor* door_ = nullptr;  ///< Once the opening has come; set by gRPC's thread before it posts.
  std::shared_ptr<RelayedSocket> self_;
  v1::RelayUp incoming_;
  v1::RelayDown outgoing_;

  // Event loop only.
  std::shared_ptr<WebSocketListener> listener_;
  std::deque<Piece> pieces_;
  std::vector<Piece> leaving_;  ///< In outgoing_; counted until they are written.
  std::optional<v1::RelayDown::Close> closing_;
  bool close_sent_ = false;
  bool writing_ = false;
  bool reading_ = false;   ///< A read is under way.
  bool held_ = false;      ///< set_reading(false).
  bool finished_ = false;  ///< The end of the call is on its way.
  bool refused_frames_ = false;
  std::size_t message_bytes_ = 0;
  std::size_t shared_bytes_ = 0;
  std::size_t max_outbox_bytes_ = 0;
  std::size_t max_backlog_bytes_ = 0;
  Deadline<&RelayedSocket::on_deadline> deadline_{*this};
};

}  // namespace confab::gateway
