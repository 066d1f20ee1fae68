#include "message_store/rpc/people_rpc.hpp"

#include "common/rpc/unary.hpp"
#include "message_store/rpc/conversions.hpp"

namespace confab::message_store {
namespace {

SearchRequest from_proto(const v1::SearchRequest& request) {
  return {request.user_id(),  request.text(),      request.gid(),   request.sender_id(),
          request.after_ms(), request.before_ms(), request.limit(), request.cursor()};
}

v1::SearchResponse to_proto(const SearchPage& page) {
  v1::SearchResponse out;
  for (std::size_t i = 0; i < page.hits.size(); ++i) {
    const auto& hit = page.hits[i];
    auto& added = *out.add_hits();
    added.set_gid(hit.gid);
    added.set_seq(hit.place.seq);
    added.set_msg_id(hit.msg_id.bytes());
    added.set_created_ms(hit.place.created_us / 1000);
    to_proto(page.senders[i], *added.mutable_sender());
    added.set_text(hit.text);
  }
  out.set_cursor(page.cursor);
  return out;
}

}  // namespace

template <typename Response, typename Work>
grpc::ServerUnaryReactor* PeopleRpc::answer(grpc::CallbackServerContext* context, WorkerPool& pool,
                                            const char* method, Response* response, Work work) {
  return rpc::answer(context, pool, response, [this, context, method, work] {
    decltype(work()) outcome = Error{ErrorCode::unavailable, "the caller gave up"};
    if (!context->IsCancelled()) outcome = work();
    if (!outcome) {
      failed_(method, outcome.error());
      outcome = rpc::for_caller(outcome.error());
    }
    return outcome;
  });
}

grpc::ServerUnaryReactor* PeopleRpc::SavePerson(grpc::CallbackServerContext* context,
                                                const v1::SavePersonRequest* request,
                                                v1::SavePersonResponse* response) {
  return answer(context, workers_, "SavePerson", response, [this, request] {
    return people_.save(from_proto(request->person()), request->version());
  });
}

grpc::ServerUnaryReactor* PeopleRpc::ForgetPerson(grpc::CallbackServerContext* context,
                                                  const v1::ForgetPersonRequest* request,
                                                  v1::ForgetPersonResponse* response) {
  return answer(context, workers_, "ForgetPerson", response, [this, request] {
    return people_.forget(from_proto(request->ghost()), request->redact());
  });
}

grpc::ServerUnaryReactor* PeopleRpc::BlockPerson(grpc::CallbackServerContext* context,
                                                 const v1::BlockPersonRequest* request,
                                                 v1::BlockPersonResponse* response) {
  return answer(context, workers_, "BlockPerson", response, [this, request] {
    return people_.block(request->user_id(), request->blocked_id());
  });
}

grpc::ServerUnaryReactor* PeopleRpc::UnblockPerson(grpc::CallbackServerContext* context,
                                                   const v1::BlockPersonRequest* request,
                                                   v1::BlockPersonResponse* response) {
  return answer(context, workers_, "UnblockPerson", response, [this, request] {
    return people_.unblock(request->user_id(), request->blocked_id());
  });
}

grpc::ServerUnaryReactor* PeopleRpc::ListBlocked(grpc::CallbackServerContext* context,
                                                 const v1::ListBlockedRequest* request,
                                                 v1::ListBlockedResponse* response) {
  return answer(context, workers_, "ListBlocked", response,
                [this, request]() -> Result<v1::ListBlockedResponse> {
                  const auto blocked = people_.blocked_by(request->user_id());
                  if (!blocked) return blocked.error();
                  v1::ListBlockedResponse out;
                  out.mutable_user_ids()->Assign(blocked->begin(), blocked->end());
                  return out;
                });
}

grpc::ServerUnaryReactor* PeopleRpc::Search(grpc::CallbackServerContext* context,
                                            const v1::SearchRequest* request,
                                            v1::SearchResponse* response) {
  return answer(context, searchers_, "Search", response,
                [this, request]() -> Result<v1::SearchResponse> {
                  const auto page = search_.find(from_proto(*request));
                  if (!page) return page.error();
                  return to_proto(*page);
                });
}

}  // namespace confab::message_store
