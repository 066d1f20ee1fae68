#pragma once

// Test support: the ports of domain/ in memory. They speak only when the test lets the loop run.

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/random.hpp"
#include "gateway/domain/ports.hpp"
#include "gateway/domain/session_book.hpp"

namespace confab::gateway::testing {

inline User user(std::int64_t id, const std::string& username) {
  return {id, "uuid-" + username, username, "Name of " + username};
}

/// Entry `seq` of the log `branch`: the same place of another branch holds another entry.
inline Entry entry(std::uint64_t room_id, std::uint64_t seq, const std::string& branch = "",
                   std::uint64_t epoch = 1) {
  const auto check = [&](std::uint64_t at) {
    return at == 0 ? "" : "c" + std::to_string(at) + branch;
  };
  Entry made;
  made.room_id = room_id;
  made.epoch = epoch;
  made.seq = seq;
  made.check = check(seq);
  made.prev_check = check(seq - 1);
  made.kind = EntryKind::message;
  made.json = R"({"seq":)" + std::to_string(seq) + "}";
  return made;
}

inline Entry leaving(Entry made, std::int64_t user_id) {
  made.kind = EntryKind::member_left;
  made.subject_id = user_id;
  return made;
}

inline Entry joining(Entry made, std::int64_t user_id) {
  made.kind = EntryKind::member_joined;
  made.subject_id = user_id;
  return made;
}

/// Calls of a port that the test holds back, refuses or lets through.
class Valve {
 public:
  explicit Valve(Loop& loop) : loop_(loop) {}

  void close() { open_ = false; }
  void open() {
    open_ = true;
    while (!waiting_.empty()) let_one_through();
  }
  void let_one_through() {
    const auto gate = waiting_.front();
    waiting_.pop_front();
    gate->open();
  }
  void let_last_through() {
    const auto gate = waiting_.back();
    waiting_.pop_back();
    gate->open();
  }
  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }

  void fail_with(ErrorCode code) { error_ = {code, "by the test"}; }
  void work() { error_.reset(); }

  /// To be awaited by each call: the error it ends with, if any.
  [[nodiscard]] Task<Result<>> passed() {
    if (!open_) {
      const auto gate = loop_.make_gate();
      waiting_.push_back(gate);
      co_await gate->passed();
    }
    if (error_) co_return *error_;
    co_return Result<>();
  }

 private:
  Loop& loop_;
  bool open_ = true;
  std::optional<Error> error_;
  std::deque<std::shared_ptr<Gate>> waiting_;
};

/// Logs and rooms in memory. An answer is made when the call comes, as a database's snapshot is,
/// and given when its valve opens.
class FakeStore final : public MessageStore {
 public:
  struct Log {
    std::uint64_t epoch = 1;
    std::vector<Entry> entries;
    [[nodiscard]] Position head() const {
      if (entries.empty()) return {epoch, 0, ""};
      return {epoch, entries.back().seq, entries.back().check};
    }
  };

  explicit FakeStore(Loop& loop)
      : reads(loop), heads_asked(loop), appends(loop), rooms_asked(loop) {}

  Valve reads;
  Valve heads_asked;
  Valve appends;
  Valve rooms_asked;
  std::map<std::uint64_t, Log> logs;                         // Rooms that exist.
  std::map<std::string, Room> rooms;                         // By gid.
  std::map<std::string, std::vector<std::int64_t>> members;  // By gid; a room not here: everybody.
  std::vector<NewMessage> appended;
  std::vector<std::string> calls;  // "read 1 5", "heads 3", "room gid", …
  std::uint32_t page_size = 1000;  // A page never holds more.

  /// Appends entry `seq + 1` of the log.
  Entry grow(std::uint64_t room_id, const std::string& branch = "") {
    auto& log = logs[room_id];
    const auto head = log.head();
    log.entries.push_back(entry(room_id, head.seq + 1, branch, log.epoch));
    log.entries.back().prev_check = head.check;
    return log.entries.back();
  }
  void grow_to(std::uint64_t room_id, std::uint64_t seq) {
    while (logs[room_id].head().seq < seq) grow(room_id);
  }

  Room& add_room(const std::string& gid, std::uint64_t room_id) {
    logs.try_emplace(room_id);
    auto& room = rooms[gid];
    room.ref = {room_id, gid};
    room.name = "Room " + gid;
    room.kind = "private";
    return room;
  }

  [[nodiscard]] std::size_t count(const std::string& prefix) const {
    return static_cast<std::size_t>(
        std::count_if(calls.begin(), calls.end(),
                      [&](const std::string& call) { return call.starts_with(prefix); }));
  }

  Task<Result<Ack>> append(NewMessage message) override {
    const auto is_repeat = [&](const NewMessage& one) {
      return one.room_id == message.room_id && one.sender_id == message.sender_id &&
             one.client_msg_id == message.client_msg_id;
    };
    const bool repeats = std::any_of(appended.begin(), appended.end(), is_repeat);
    for (const auto& [gid, ids] : members) {
      if (repeats || rooms[gid].ref.room_id != message.room_id) continue;
      const auto member = check_member(gid, message.sender_id);
      if (!member) co_return member.error();
    }
    appended.push_back(message);
    const auto seq = logs[message.room_id].head().seq + appended.size();
    const auto passed = co_await appends.passed();
    if (!passed) co_return passed.error();
    co_return Ack{1, seq, "msg-" + std::to_string(seq), 1700};
  }

  Task<Result<LogPage>> read(std::uint64_t room_id, std::int64_t reader_id,
                             LogRange range) override {
    calls.push_back("read " + std::to_string(room_id) + " " +
                    std::to_string(range.after.value_or(0)));
    readers.push_back(reader_id);
    ranges.push_back(range);
    auto page = page_of(logs[room_id], range);
    const auto passed = co_await reads.passed();
    if (!passed) co_return passed.error();
    co_return page;
  }

  Task<Result<std::vector<Head>>> heads(std::vector<std::uint64_t> ids) override {
    calls.push_back("heads " + std::to_string(ids.size()));
    std::vector<Head> found;
    for (const auto id : ids) {
      if (logs.contains(id)) found.push_back({id, logs[id].head()});
    }
    const auto passed = co_await heads_asked.passed();
    if (!passed) co_return passed.error();
    co_return found;
  }

  Task<Result<Room>> create_room(User creator, NewRoom room, std::vector<User> others) override {
    std::string call = "create " + creator.username + " " + room.name + " " + room.kind;
    for (const auto& more : {room.topic, room.picture}) {
      if (!more.empty()) call += " " + more;
    }
    for (const auto& other : others) call += " " + other.username;
    calls.push_back(call);
    co_return rooms.begin()->second;
  }
  Task<Result<Room>> open_direct(User opener, User other) override {
    calls.push_back("direct " + opener.username + " " + other.username);
    co_return rooms.begin()->second;
  }
  Task<Result<Room>> room(std::string gid, std::int64_t reader_id, bool with_members) override {
    calls.push_back("room " + gid + (with_members ? " with members" : ""));
    const auto answer = look_up(gid, reader_id);
    const auto passed = co_await rooms_asked.passed();
    if (!passed) co_return passed.error();
    co_return answer;
  }
  Task<Result<std::vector<Room>>> rooms_of(std::int64_t user_id, std::uint32_t) override {
    calls.push_back("rooms " + std::to_string(user_id));
    std::vector<Room> found;
    for (const auto& [gid, one] : rooms) {
      if (const auto room = look_up(gid, user_id)) found.push_back(*room);
    }
    const auto passed = co_await rooms_asked.passed();
    if (!passed) co_return passed.error();
    co_return found;
  }
  Task<Result<Member>> add_member(std::string gid, User actor, User member,
                                  std::string role) override {
    calls.push_back("add " + gid + " " + actor.username + " " + member.username + " " + role);
    co_return Member{member, role.empty() ? "member" : role, 1700, actor.username};
  }
  Task<Result<>> remove_member(std::string gid, User actor, std::int64_t member_id) override {
    calls.push_back("remove " + gid + " " + actor.username + " " + std::to_string(member_id));
    co_return Result<>();
  }

  std::vector<std::int64_t> readers;
  std::vector<LogRange> ranges;

 private:
  [[nodiscard]] LogPage page_of(const Log& log, const LogRange& range) const {
    LogPage page;
    page.head = log.head();
    for (const auto& one : log.entries) {
      if (one.seq <= range.after.value_or(0)) continue;
      if (!range.after && one.seq >= range.before.value_or(UINT64_MAX)) continue;
      page.entries.push_back(one);
    }
    const std::size_t limit = std::min(range.limit, page_size);
    page.more = page.entries.size() > limit;
    if (!page.more) return page;
    const auto most = static_cast<std::ptrdiff_t>(limit);
    if (range.after) {
      page.entries.erase(page.entries.begin() + most, page.entries.end());
    } else {
      page.entries.erase(page.entries.begin(), page.entries.end() - most);
    }
    return page;
  }
  [[nodiscard]] Result<> check_member(const std::string& gid, std::int64_t user_id) const {
    const auto list = members.find(gid);
    if (list == members.end()) return {};
    const auto& ids = list->second;
    if (std::find(ids.begin(), ids.end(), user_id) != ids.end()) return {};
    return Error{ErrorCode::not_a_member, "you are not a member of the room"};
  }

  /// Nobody (0) may look at every room.
  Result<Room> look_up(const std::string& gid, std::int64_t reader_id) {
    const auto found = rooms.find(gid);
    if (found == rooms.end()) return Error{ErrorCode::room_not_found, "there is no such room"};
    const auto member = check_member(gid, reader_id);
    if (reader_id != 0 && !member) return member.error();
    auto room = found->second;
    room.head = logs[room.ref.room_id].head();
    return room;
  }
};

/// Remembers what is followed; confirms when its valve opens.
class FakeFeed final : public Feed {
 public:
  explicit FakeFeed(Loop& loop) : confirmations(loop) {}

  Valve confirmations;
  bool up = true;
  std::map<std::uint64_t, int> rooms;  // Room to how often it is followed: 1, or it is wrong.

  Task<bool> follow_rooms(std::vector<std::uint64_t> ids) override {
    for (const auto id : ids) ++rooms[id];
    const auto passed = co_await confirmations.passed();
    co_return passed.has_value() && up;
  }
  void unfollow_room(std::uint64_t room_id) override {
    if (--rooms[room_id] == 0) rooms.erase(room_id);
  }
};

}  // namespace confab::gateway::testing
