#include "message_store/rpc/messages_rpc.hpp"

#include "common/rpc/unary.hpp"
#include "message_store/rpc/conversions.hpp"

namespace confab::message_store {
namespace {

Edit to_edit(const v1::Edit& edit) {
  Edit out{edit.client_msg_id(), edit.text(), {}, from_proto(edit.mentions())};
  if (edit.has_attributes()) out.attributes = edit.attributes();
  return out;
}

Result<MessageChange> to_change(const v1::ChangeRequest& request) {
  MessageChange change;
  change.room_id = request.room_id();
  change.actor = from_proto(request.actor());
  change.target_seq = request.target_seq();
  switch (request.change_case()) {
    case v1::ChangeRequest::kEdit:
      change.what = to_edit(request.edit());
      return change;
    case v1::ChangeRequest::kRedact:
      change.what = Redact{};
      return change;
    case v1::ChangeRequest::kReact:
      change.what = React{request.react().reaction(), request.react().remove()};
      return change;
    case v1::ChangeRequest::kPin:
      change.what = Pin{request.pin().pinned()};
      return change;
    case v1::ChangeRequest::CHANGE_NOT_SET:
      break;
  }
  return Error{ErrorCode::invalid_argument, "the change is of a kind this service does not know"};
}

v1::Changed on_the_wire(const ChangeOutcome& outcome) {
  v1::Changed out;
  out.set_changed(outcome.entry.has_value());
  if (outcome.place) to_proto(*outcome.place, *out.mutable_place());
  return out;
}

}  // namespace

Error MessagesRpc::reported(const char* method, const Error& error) const {
  failed_(method, error);
  return rpc::for_caller(error);
}

grpc::ServerUnaryReactor* MessagesRpc::Change(grpc::CallbackServerContext* context,
                                              const v1::ChangeRequest* request,
                                              v1::Changed* response) {
  return rpc::answer_later(context, workers_, response, [this, request](auto done) {
    auto change = to_change(*request);
    if (!change) return done(Result<v1::Changed>(reported("Change", change.error())));
    messages_.change(std::move(*change), [this, done](const Result<ChangeOutcome>& outcome) {
      done(outcome ? Result<v1::Changed>(on_the_wire(*outcome))
                   : Result<v1::Changed>(reported("Change", outcome.error())));
    });
  });
}

grpc::ServerUnaryReactor* MessagesRpc::ListPins(grpc::CallbackServerContext* context,
                                                const v1::ListPinsRequest* request,
                                                v1::ReadLogResponse* response) {
  return rpc::answer(context, workers_, response, [this, request]() -> Result<v1::ReadLogResponse> {
    const auto pins = messages_.pins(request->room_id(), request->reader_id());
    if (!pins) return reported("ListPins", pins.error());
    return to_proto(*pins);
  });
}

}  // namespace confab::message_store
