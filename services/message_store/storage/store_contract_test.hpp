#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <thread>

#include "message_store/domain/fake_room_book.hpp"
#include "message_store/storage/postgres_store_test.hpp"

// What the *_contract_test.cpp of this folder stand on: the ports' promises, tried on FakeStore and
// on PostgreSQL alike.
namespace confab::message_store {

/// The ports, and what keeps them alive.
struct Stores {
  std::shared_ptr<RoomLog> log;
  std::shared_ptr<Rooms> rooms;
  std::shared_ptr<RoomChanges> changes;
  std::shared_ptr<RoomLists> lists;
  std::shared_ptr<ReadPositions> positions;
  std::shared_ptr<Blocks> blocks;
};

struct Implementation {
  const char* name;
  std::function<Stores(const StoreLimits&)> make;

  friend void PrintTo(const Implementation& implementation, std::ostream* out) {
    *out << implementation.name;
  }
};

inline const Person kAda{1, "a0000000-0000-4000-8000-000000000001", "ada", "Ada"};
inline const Person kBob{2, "a0000000-0000-4000-8000-000000000002", "bob", "Bob"};
inline const Person kEve{3, "a0000000-0000-4000-8000-000000000003", "eve", "Eve"};
inline constexpr std::uint64_t kNoRoom = 0x7FFF'0000'0000'0001;

class StoreContractTest : public testing::TestWithParam<Implementation> {
 protected:
  NewRoom blank(RoomKind kind = RoomKind::private_room, std::vector<Person> members = {}) {
    const auto number = ++count_;
    const auto digits = std::to_string(number);
    return {number << 22, "gid" + std::string(5 - digits.size(), '0') + digits,
            "Tea",        kind,
            kAda,         std::move(members)};
  }
  Room make_room(RoomKind kind = RoomKind::private_room, std::vector<Person> members = {}) {
    return rooms_.create(blank(kind, std::move(members))).value();
  }
  Room make_direct() {
    bool created = false;
    return rooms_.find_or_create_direct(blank(RoomKind::direct, {kBob}), &created).value();
  }

  Draft draft(const std::string& client_msg_id, const Person& sender = kAda,
              const std::string& text = "hi") {
    return {sender.id, client_msg_id, Uuid::make(random_), message_body(text, "")};
  }
  Result<AppendOutcome> append(const Room& room, const std::vector<Draft>& drafts) {
    return log_.append(room.room_id, drafts);
  }
  /// At least one message of Ada, as one batch; their ids are "0", "1" and so on.
  void fill(const Room& room, int messages) {
    std::vector<Draft> drafts;
    for (int i = 0; i < messages; ++i) drafts.push_back(draft(std::to_string(i)));
    ASSERT_TRUE(append(room, drafts));
  }

  MemberChange change(const Room& room, const Person& actor, const Person& member,
                      Role role = Role::member) {
    return {room.room_id, actor, member, role, Uuid::make(random_)};
  }

  template <typename T>
  static ErrorCode code(const Result<T>& result) {
    return result ? ErrorCode::internal : result.error().code;
  }

  static std::string check_of(const Uuid& msg_id) { return msg_id.bytes().substr(0, kCheckBytes); }

  static std::vector<std::uint64_t> seqs(const std::vector<Entry>& entries) {
    std::vector<std::uint64_t> found;
    for (const auto& entry : entries) found.push_back(entry.seq);
    return found;
  }

  /// Runs `work(thread)` on as many threads and waits for them.
  static void in_threads(int threads, const std::function<void(int)>& work) {
    std::vector<std::thread> running;
    for (int i = 0; i < threads; ++i) running.emplace_back([&work, i] { work(i); });
    for (auto& thread : running) thread.join();
  }

 protected:
  StoreContractTest() : StoreContractTest(StoreLimits{}) {}
  explicit StoreContractTest(const StoreLimits& limits) : stores_(GetParam().make(limits)) {}

 private:
  const Stores stores_;

 protected:
  RoomLog& log_ = *stores_.log;
  Rooms& rooms_ = *stores_.rooms;
  RoomChanges& changes_ = *stores_.changes;
  RoomLists& lists_ = *stores_.lists;
  ReadPositions& positions_ = *stores_.positions;
  Blocks& blocks_ = *stores_.blocks;
  SystemRandom random_;

 private:
  std::uint64_t count_ = 0;
};

inline auto both_stores() {
  return testing::Values(
      Implementation{"fake",
                     [](const StoreLimits& limits) {
                       const auto store = std::make_shared<FakeStore>(limits);
                       const auto book = std::make_shared<FakeRoomBook>(*store);
                       return Stores{store, store, book, book, book, store};
                     }},
      Implementation{"postgres", [](const StoreLimits& limits) {
                       const auto store =
                           std::make_shared<PostgresStore>(std::chrono::seconds(20), limits);
                       return Stores{{store, &store->log},       {store, &store->rooms},
                                     {store, &store->changes},   {store, &store->lists},
                                     {store, &store->positions}, {store, &store->blocks}};
                     }});
}

inline std::string store_name(const testing::TestParamInfo<Implementation>& info) {
  return info.param.name;
}

}  // namespace confab::message_store
