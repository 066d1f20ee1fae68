#pragma once

#include <boost/json.hpp>

#include "message_store/storage/store_contract_test.hpp"

namespace confab::message_store {

/// What contract tests of changed messages have in common.
class MessageChangesTest : public StoreContractTest {
 protected:
  MessageChange of(const Room& room, std::uint64_t seq, decltype(MessageChange::what) what,
                   const Person& actor = kAda) {
    MessageChange change;
    change.room_id = room.room_id;
    change.actor = actor;
    change.target_seq = seq;
    change.msg_id = Uuid::make(random_);
    change.what = std::move(what);
    return change;
  }
  std::string verdict(const Room& room, std::uint64_t seq, decltype(MessageChange::what) what,
                      const Person& actor = kAda) {
    const auto outcome = log_.change(of(room, seq, std::move(what), actor));
    if (!outcome) return std::string(error_traits(outcome.error().code).name);
    return outcome->entry ? "changed" : "as it was";
  }

  Entry last(const Room& room) { return log_.read(room.room_id, 0, {})->entries.back(); }
  static boost::json::object body(const Entry& entry) {
    return boost::json::parse(entry.body).as_object();
  }
  /// What the body holds at that JSON pointer, as JSON.
  static std::string at(const Entry& entry, const char* pointer) {
    return boost::json::serialize(boost::json::parse(entry.body).at_pointer(pointer));
  }
};

}  // namespace confab::message_store
