#include "gateway/domain/people.hpp"

#include <algorithm>

namespace confab::gateway {

Task<User> People::me(User user) {
  // By the one handle that cannot be somebody's username.
  auto found = co_await profiles_.find(user.uuid);
  if (found && found->id == user.id) co_return std::move(*found);
  co_return user;
}

Task<Result<User>> People::find(std::string handle) {
  co_return co_await profiles_.find(std::move(handle));
}

Task<Result<User>> People::of_id(std::int64_t id) {
  std::vector<std::int64_t> only;
  only.push_back(id);
  auto users = co_await profiles_.of_ids(std::move(only));
  if (!users) co_return users.error();
  if (users->empty()) {
    co_return Error{ErrorCode::user_not_found, "there is no user " + std::to_string(id)};
  }
  co_return std::move(users->front());
}

Task<Result<std::vector<User>>> People::search(std::string prefix, std::uint32_t limit) {
  co_return co_await profiles_.search(std::move(prefix), limit);
}

Task<Result<User>> People::by_username(std::string username) {
  std::vector<std::string> only;
  only.push_back(username);
  auto users = co_await accounts_.find(std::move(only));
  if (!users) co_return users.error();
  if (users->empty()) {
    co_return Error{ErrorCode::user_not_found, "there is no user \"" + username + "\""};
  }
  co_return std::move(users->front());
}

void People::end(const std::vector<std::string>& session_ids) {
  for (const auto& session_id : session_ids) gate_.revoke(session_id);
}

Task<Result<User>> People::rename(User user, std::string name) {
  auto renamed = co_await profiles_.rename(user.id, std::move(name));
  if (!renamed) co_return renamed.error();
  const auto saved = co_await store_.save(*renamed);
  if (!saved) co_return saved.error();
  co_return std::move(renamed->user);
}

Task<Result<>> People::change_password(Identity identity, std::string old_password,
                                       std::string new_password) {
  const auto ended = co_await profiles_.change_password(
      identity.user.id, identity.session_id, std::move(old_password), std::move(new_password));
  if (!ended) co_return ended.error();
  end(*ended);
  co_return Result<>();
}

/// The account goes last: while it is there its user can ask again for what has failed.
Task<Result<>> People::delete_account(Identity identity, std::string password, bool redact) {
  const auto user_id = identity.user.id;
  auto allowed = co_await profiles_.erase(user_id, password, true);
  if (!allowed) co_return allowed.error();
  const auto forgotten = co_await store_.forget(std::move(allowed->ghost), redact);
  if (!forgotten) co_return forgotten.error();
  const auto erased = co_await profiles_.erase(user_id, std::move(password), false);
  if (!erased) co_return erased.error();
  end(erased->session_ids);
  co_return Result<>();
}

Task<Result<std::vector<SessionInfo>>> People::sessions(Identity identity) {
  co_return co_await profiles_.sessions(identity.user.id);
}

Task<Result<>> People::log_out_all(Identity identity) {
  const auto ended = co_await profiles_.log_out_all(identity.user.id);
  if (!ended) co_return ended.error();
  end(*ended);
  co_return Result<>();
}

Task<Result<>> People::block(User user, std::string username) {
  const auto other = co_await by_username(std::move(username));
  if (!other) co_return other.error();
  co_return co_await store_.block(user.id, other->id);
}

Task<Result<>> People::unblock(User user, std::string username) {
  const auto other = co_await by_username(std::move(username));
  if (!other) co_return other.error();
  co_return co_await store_.unblock(user.id, other->id);
}

Task<Result<std::vector<User>>> People::blocked(User user) {
  const auto ids = co_await store_.blocked(user.id);
  if (!ids) co_return ids.error();
  if (ids->empty()) co_return std::vector<User>();
  auto users = co_await profiles_.of_ids(*ids);
  if (!users) co_return users.error();
  const auto place = [&](const User& one) {
    return std::find(ids->begin(), ids->end(), one.id) - ids->begin();
  };
  std::sort(users->begin(), users->end(),
            [&](const User& a, const User& b) { return place(a) < place(b); });
  co_return users;
}

Task<Result<SearchHits>> People::find_messages(User user, Wanted wanted) {
  SearchQuestion question;
  question.user_id = user.id;
  if (!wanted.from.empty()) {
    const auto sender = co_await by_username(std::move(wanted.from));
    if (!sender) co_return sender.error();
    question.sender_id = sender->id;
  }
  question.text = std::move(wanted.text);
  question.gid = std::move(wanted.gid);
  question.after_ms = wanted.after_ms;
  question.before_ms = wanted.before_ms;
  question.limit = wanted.limit;
  question.cursor = std::move(wanted.cursor);
  co_return co_await store_.search(std::move(question));
}

}  // namespace confab::gateway
