#include "gateway/rpc/messages_client.hpp"

#include "gateway/rpc/ask_store.hpp"
#include "gateway/rpc/store_conversions.hpp"

namespace confab::gateway {
namespace {

namespace v1 = message_store::v1;

using Async = MessagesClient::Stub::Async;

// Changes as well: a repeated one changes nothing.
constexpr bool kRepeatable = true;

struct ToProto {
  v1::ChangeRequest& request;

  void operator()(const Edit& edit) const {
    auto& out = *request.mutable_edit();
    out.set_client_msg_id(edit.client_msg_id);
    out.set_text(edit.text);
    if (edit.attributes) out.set_attributes(*edit.attributes);
    for (const auto& user : edit.mentions) to_proto(user, *out.add_mentions());
  }
  void operator()(const Redact&) const { request.mutable_redact(); }
  void operator()(const React& react) const {
    request.mutable_react()->set_reaction(react.reaction);
    request.mutable_react()->set_remove(react.remove);
  }
  void operator()(const Pin& pin) const { request.mutable_pin()->set_pinned(pin.pinned); }
};

}  // namespace

Task<Result<Changed>> MessagesClient::change(MessageChange change) {
  v1::ChangeRequest request;
  request.set_room_id(change.room_id);
  to_proto(change.actor, *request.mutable_actor());
  request.set_target_seq(change.target_seq);
  std::visit(ToProto{request}, change.what);
  const auto response =
      co_await ask_store<v1::Changed>(stores_, store_of(change.room_id, stores_.size()),
                                      kRepeatable, std::move(request), &Async::Change);
  if (!response) co_return response.error();
  Changed out;
  out.changed = response->changed();
  if (response->has_place()) out.place = from_proto(response->place());
  co_return out;
}

Task<Result<LogPage>> MessagesClient::pins(std::uint64_t room_id, std::int64_t reader_id) {
  v1::ListPinsRequest request;
  request.set_room_id(room_id);
  request.set_reader_id(reader_id);
  const auto response =
      co_await ask_store<v1::ReadLogResponse>(stores_, store_of(room_id, stores_.size()),
                                              kRepeatable, std::move(request), &Async::ListPins);
  if (!response) co_return response.error();
  co_return from_proto(*response);
}

}  // namespace confab::gateway
