#include "gateway/rpc/people_client.hpp"

#include "common/base/uuid.hpp"
#include "gateway/rpc/ask_store.hpp"
#include "gateway/rpc/store_conversions.hpp"

namespace confab::gateway {
namespace {

namespace v1 = message_store::v1;

// Longer than the message-store itself gives a search.
constexpr std::chrono::milliseconds kDeadline{5000};

template <typename Response>
Result<> done(const Result<Response>& response) {
  return response ? Result<>() : Result<>(response.error());
}

}  // namespace

template <typename Response, typename Request>
Task<Result<Response>> PeopleClient::ask(std::int64_t user_id, Request request,
                                         void (Async::*method)(grpc::ClientContext*, const Request*,
                                                               Response*,
                                                               std::function<void(grpc::Status)>)) {
  co_return co_await ask_store<Response>(stores_, static_cast<std::size_t>(user_id), true,
                                         std::move(request), method, kDeadline);
}

Task<Result<>> PeopleClient::save(User user) {
  v1::SavePersonRequest request;
  to_proto(user, *request.mutable_person());
  co_return done(
      co_await ask<v1::SavePersonResponse>(user.id, std::move(request), &Async::SavePerson));
}

Task<Result<>> PeopleClient::forget(User ghost, bool redact) {
  v1::ForgetPersonRequest request;
  to_proto(ghost, *request.mutable_ghost());
  request.set_redact(redact);
  co_return done(
      co_await ask<v1::ForgetPersonResponse>(ghost.id, std::move(request), &Async::ForgetPerson));
}

Task<Result<>> PeopleClient::block(std::int64_t user_id, std::int64_t blocked_id) {
  v1::BlockPersonRequest request;
  request.set_user_id(user_id);
  request.set_blocked_id(blocked_id);
  co_return done(
      co_await ask<v1::BlockPersonResponse>(user_id, std::move(request), &Async::BlockPerson));
}

Task<Result<>> PeopleClient::unblock(std::int64_t user_id, std::int64_t blocked_id) {
  v1::BlockPersonRequest request;
  request.set_user_id(user_id);
  request.set_blocked_id(blocked_id);
  co_return done(
      co_await ask<v1::BlockPersonResponse>(user_id, std::move(request), &Async::UnblockPerson));
}

Task<Result<std::vector<std::int64_t>>> PeopleClient::blocked(std::int64_t user_id) {
  v1::ListBlockedRequest request;
  request.set_user_id(user_id);
  const auto listed =
      co_await ask<v1::ListBlockedResponse>(user_id, std::move(request), &Async::ListBlocked);
  if (!listed) co_return listed.error();
  co_return std::vector<std::int64_t>(listed->user_ids().begin(), listed->user_ids().end());
}

Task<Result<SearchHits>> PeopleClient::search(SearchQuestion question) {
  v1::SearchRequest request;
  request.set_user_id(question.user_id);
  request.set_text(std::move(question.text));
  request.set_gid(std::move(question.gid));
  request.set_sender_id(question.sender_id);
  request.set_after_ms(question.after_ms);
  request.set_before_ms(question.before_ms);
  request.set_limit(question.limit);
  request.set_cursor(std::move(question.cursor));
  const auto found =
      co_await ask<v1::SearchResponse>(question.user_id, std::move(request), &Async::Search);
  if (!found) co_return found.error();
  SearchHits hits;
  hits.cursor = found->cursor();
  for (const auto& hit : found->hits()) {
    const auto msg_id = Uuid::from_bytes(hit.msg_id());
    hits.hits.push_back({hit.gid(), hit.seq(), msg_id ? msg_id->text() : "", hit.created_ms(),
                         from_proto(hit.sender()), hit.text()});
  }
  co_return hits;
}

}  // namespace confab::gateway
