#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "ctl/domain/history.hpp"

namespace confab::ctl {

/// One send: its attempts and answers.
struct SendOp {
  const HistoryEvent* first = nullptr;
  std::vector<const HistoryEvent*> attempts{};
  std::vector<const HistoryEvent*> nacks{};
  std::vector<const HistoryEvent*> oks{};

  /// Whether all its attempts were refused, so that it must not be stored.
  [[nodiscard]] bool refused() const;
  [[nodiscard]] bool given_up() const;
};

/// What one client saw of one room.
struct ClientView {
  std::string client;
  std::int64_t user = 0;
  std::string room;
  std::vector<const HistoryEvent*> events{};
};

/// The seqs between which a user was in a room; `to` is infinite while they are.
struct Stay {
  static constexpr auto kStill = static_cast<std::uint64_t>(-1);
  std::uint64_t from = 0;
  std::uint64_t to = kStill;
};

/// A history, put in order for the rules. Refers to the history, which must outlive it.
class IndexedHistory {
 public:
  explicit IndexedHistory(const History& history);

  [[nodiscard]] const History& raw() const { return raw_; }
  [[nodiscard]] const History::Log& log(const std::string& room) const;
  /// Null when there is none.
  [[nodiscard]] const LoggedEntry* at(const std::string& room, const LogPlace& place) const;
  [[nodiscard]] const LoggedEntry* stored(const SendOp& op) const;
  [[nodiscard]] LogPlace head(const std::string& room) const;
  [[nodiscard]] const std::vector<Stay>& stays(const std::string& room, std::int64_t user) const;
  [[nodiscard]] bool is_member_at_end(const std::string& room, std::int64_t user) const;
  /// Rooms in which somebody was told to try again.
  [[nodiscard]] const std::set<std::string>& refused_rooms() const { return refused_rooms_; }
  [[nodiscard]] const std::vector<SendOp>& ops() const { return ops_; }
  [[nodiscard]] const std::vector<ClientView>& views() const { return views_; }
  /// When the client's connections broke.
  [[nodiscard]] const std::vector<double>& breaks(const std::string& client) const;
  /// When the user asked to leave the room, or to enter it again.
  [[nodiscard]] const std::vector<double>& leaves(const std::string& room, std::int64_t user) const;
  [[nodiscard]] const std::vector<double>& joins(const std::string& room, std::int64_t user) const;

 private:
  using UserRoom = std::pair<std::string, std::int64_t>;

  void sort_events();
  void find_stays();

  const History& raw_;
  std::map<std::pair<std::string, LogPlace>, const LoggedEntry*> placed_;
  std::map<std::pair<std::string, std::string>, const LoggedEntry*> sent_;
  std::vector<SendOp> ops_;
  std::vector<ClientView> views_;
  std::set<std::string> refused_rooms_;
  std::map<std::string, std::vector<double>> breaks_;
  std::map<UserRoom, std::vector<double>> leaves_;
  std::map<UserRoom, std::vector<double>> joins_;
  std::map<UserRoom, std::vector<Stay>> stays_;
};

}  // namespace confab::ctl
