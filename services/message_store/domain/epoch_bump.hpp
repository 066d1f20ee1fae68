#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "common/base/result.hpp"

namespace confab::message_store {

/// Port: the epochs of the rooms' logs, for an operator who has cut logs.
class Epochs {
 public:
  struct Survey {
    std::uint64_t rooms = 0;
    std::uint64_t latest = 0;  ///< The highest epoch of any room.
    std::uint64_t stores = 0;  ///< Connections of message-stores that are open now.
  };
  /// A step over the rooms in the order of their ids.
  struct Step {
    std::optional<std::int64_t> last_room;  ///< Nothing when there was none left.
    std::uint64_t raised = 0;
  };

  virtual ~Epochs() = default;
  /// invalid_argument when the database cannot be written because it is a standby.
  [[nodiscard]] virtual Result<Survey> survey() = 0;
  /// Raises the next `limit` rooms above `after` to `epoch`, in a transaction of its own. Those
  /// that are there already stay as they are.
  [[nodiscard]] virtual Result<Step> raise(std::int64_t after, std::size_t limit,
                                           std::uint64_t epoch) = 0;
  /// room_not_found.
  [[nodiscard]] virtual Result<> raise_room(const std::string& gid, std::uint64_t epoch) = 0;
};

struct BumpRequest {
  std::string gid{};  ///< Empty: all rooms.
  bool confirmed = false;
};

/// Gives the room, or all, a new epoch: every client with a place in them is told to reset. The
/// epoch is the time in seconds, or one more than the highest there is: so that also after a second
/// restore of one backup no epoch comes twice (docs/decisions/0026).
class EpochBump {
 public:
  static constexpr std::size_t kRoomsAtOnce = 500;
  static constexpr int kAttempts = 10;  ///< Of a transaction that meets a lock.

  /// `pause` waits for so long.
  EpochBump(Epochs& epochs, std::function<void(std::chrono::milliseconds)> pause)
      : epochs_(epochs), pause_(std::move(pause)) {}

  /// What was done, for people. invalid_argument that tells what would be done unless it was
  /// confirmed; another error when it could not be done, or not for all: then it can be run again.
  [[nodiscard]] Result<std::string> run(const BumpRequest& request, std::chrono::seconds now);

 private:
  struct Done {
    std::uint64_t rooms = 0;
    std::uint64_t transactions = 0;
  };
  [[nodiscard]] Result<Done> raise_all(std::uint64_t epoch);
  [[nodiscard]] Result<Epochs::Step> raise_some(std::int64_t after, std::uint64_t epoch);

  Epochs& epochs_;
  std::function<void(std::chrono::milliseconds)> pause_;
};

}  // namespace confab::message_store
