#include "gateway/domain/message_changes.hpp"

#include "common/base/uuid.hpp"

namespace confab::gateway {

Task<Result<ChangeAnswer>> MessageChanges::edit(User actor, std::string gid, std::uint64_t seq,
                                                EditDraft draft) {
  auto mentioned = co_await chat_.find_mentioned(std::move(draft.mentions));
  if (!mentioned) co_return mentioned.error();
  Edit edit;
  edit.text = std::move(draft.text);
  edit.attributes = std::move(draft.attributes);
  edit.mentions = std::move(*mentioned);
  edit.client_msg_id = std::move(draft.client_msg_id);
  if (edit.client_msg_id.empty()) edit.client_msg_id = Uuid::make(random_).text();
  const auto client_msg_id = edit.client_msg_id;
  auto answer = co_await change(std::move(actor), std::move(gid), seq, std::move(edit));
  if (answer) answer->client_msg_id = client_msg_id;
  co_return answer;
}

Task<Result<ChangeAnswer>> MessageChanges::redact(User actor, std::string gid, std::uint64_t seq) {
  return change(std::move(actor), std::move(gid), seq, Redact{});
}

Task<Result<ChangeAnswer>> MessageChanges::react(User actor, std::string gid, std::uint64_t seq,
                                                 React react) {
  return change(std::move(actor), std::move(gid), seq, std::move(react));
}

Task<Result<ChangeAnswer>> MessageChanges::pin(User actor, std::string gid, std::uint64_t seq,
                                               Pin pin) {
  return change(std::move(actor), std::move(gid), seq, pin);
}

Task<Result<ChangeAnswer>> MessageChanges::change(User actor, std::string gid, std::uint64_t seq,
                                                  std::variant<Edit, Redact, React, Pin> what) {
  const auto room_id = co_await chat_.resolve(gid);
  if (!room_id) co_return room_id.error();
  MessageChange change;
  change.room_id = *room_id;
  change.actor = std::move(actor);
  change.target_seq = seq;
  change.what = std::move(what);
  auto outcome = co_await store_.change(std::move(change));
  if (!outcome) co_return outcome.error();
  if (outcome->place) heard_.changed(*room_id, *outcome->place);
  ChangeAnswer answer;
  answer.gid = std::move(gid);
  answer.outcome = std::move(*outcome);
  co_return answer;
}

Task<Result<History>> MessageChanges::pins(User reader, std::string gid) {
  const auto room_id = co_await chat_.resolve(gid);
  if (!room_id) co_return room_id.error();
  auto page = co_await store_.pins(*room_id, reader.id);
  if (!page) co_return page.error();
  co_return History{std::move(gid), std::move(*page)};
}

}  // namespace confab::gateway
