#pragma once

#include <variant>

#include "gateway/domain/chat.hpp"

namespace confab::gateway {

/// New content in place of a message's.
struct Edit {
  std::string text;
  std::optional<std::string> attributes;  ///< A JSON object; nothing: as they are.
  std::vector<User> mentions;
  std::string client_msg_id;
};
/// Takes a message's content away for good.
struct Redact {};
struct React {
  std::string reaction;
  bool remove = false;
};
struct Pin {
  bool pinned = true;
};

struct MessageChange {
  std::uint64_t room_id = 0;
  User actor;
  std::uint64_t target_seq = 0;
  std::variant<Edit, Redact, React, Pin> what;
};

struct Changed {
  bool changed = false;      ///< False: it was so already.
  std::optional<Ack> place;  ///< Of the entry by which it is so; nothing if there is none.
};

/// Port: changes of messages in the message-store. Every call has a deadline of a few seconds.
class MessageChangeStore {
 public:
  virtual ~MessageChangeStore() = default;
  /// Safe to repeat after unavailable and unknown_outcome.
  [[nodiscard]] virtual Task<Result<Changed>> change(MessageChange change) = 0;
  /// Folded, the latest pinned first.
  [[nodiscard]] virtual Task<Result<LogPage>> pins(std::uint64_t room_id,
                                                   std::int64_t reader_id) = 0;
};

/// An edit as a client gives it.
struct EditDraft {
  std::string text;
  std::optional<std::string> attributes;
  std::vector<std::string> mentions;  ///< Usernames.
  std::string client_msg_id;          ///< Empty: one is made, and a retry is a new edit.
};

/// What became of a client's change.
struct ChangeAnswer {
  std::string gid;
  Changed outcome;
  std::string client_msg_id;  ///< Of an edit.
};

/// What any client can do with messages that are in a log already. Event loop only.
class MessageChanges {
 public:
  MessageChanges(MessageChangeStore& store, Chat& chat, HeardLog& heard, Random& random)
      : store_(store), chat_(chat), heard_(heard), random_(random) {}

  [[nodiscard]] Task<Result<ChangeAnswer>> edit(User actor, std::string gid, std::uint64_t seq,
                                                EditDraft draft);
  [[nodiscard]] Task<Result<ChangeAnswer>> redact(User actor, std::string gid, std::uint64_t seq);
  [[nodiscard]] Task<Result<ChangeAnswer>> react(User actor, std::string gid, std::uint64_t seq,
                                                 React react);
  [[nodiscard]] Task<Result<ChangeAnswer>> pin(User actor, std::string gid, std::uint64_t seq,
                                               Pin pin);
  /// The latest pinned first.
  [[nodiscard]] Task<Result<History>> pins(User reader, std::string gid);

 private:
  [[nodiscard]] Task<Result<ChangeAnswer>> change(User actor, std::string gid, std::uint64_t seq,
                                                  std::variant<Edit, Redact, React, Pin> what);

  MessageChangeStore& store_;
  Chat& chat_;
  HeardLog& heard_;
  Random& random_;
};

}  // namespace confab::gateway
