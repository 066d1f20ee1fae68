#include "gateway/domain/session_book.hpp"

#include <algorithm>
#include <utility>

#include "gateway/domain/cut_sessions.hpp"

namespace confab::gateway {

std::optional<CutSession> Session::give_up() { return std::nullopt; }

void SessionBook::admit(std::shared_ptr<Session> session) {
  const auto user_id = session->user_id();
  by_user_[user_id].push_back({std::move(session)});
}

void SessionBook::remove(const Session& session) {
  const auto found = by_user_.find(session.user_id());
  if (found == by_user_.end()) return;
  std::erase_if(found->second, [&](const Kept& kept) { return kept.session.get() == &session; });
  if (found->second.empty()) by_user_.erase(found);
}

void SessionBook::on_notice(const UserNotice& notice) {
  recent_.on_notice(notice);
  const auto found = by_user_.find(notice.user_id);
  if (found == by_user_.end()) return;
  const auto sessions = found->second;  // A session may leave while it is told.
  for (const auto& kept : sessions) kept.session->notice(notice);
}

std::shared_ptr<Session> SessionBook::find(std::int64_t user_id, std::string_view id) const {
  const auto found = by_user_.find(user_id);
  if (found == by_user_.end() || id.empty()) return nullptr;
  for (const auto& kept : found->second) {
    if (kept.session->recovery_id() == id) return kept.session;
  }
  return nullptr;
}

std::vector<std::shared_ptr<Session>> SessionBook::all() const {
  std::vector<std::shared_ptr<Session>> sessions;
  for (const auto& [user_id, kept] : by_user_) {
    for (const auto& one : kept) sessions.push_back(one.session);
  }
  return sessions;
}

void SessionBook::look_again_soon() {
  if (std::exchange(looking_soon_, true)) return;
  loop_.spawn([this]() -> Task<> {
    co_await loop_.sleep(kGathering);
    looking_soon_ = false;
    look_again();
  });
}

void SessionBook::look_again() {
  recent_.clear();
  for (const auto& session : all()) session->look_again();
}

void SessionBook::revoke(const std::string& session_id) {
  for (const auto& session : all()) {
    if (session->identity().session_id == session_id) session->end(EndReason::session_revoked);
  }
}

void SessionBook::sweep(std::chrono::system_clock::time_point now) {
  recent_.sweep();
  for (auto& [user_id, sessions] : by_user_) {
    for (auto& kept : sessions) {
      const auto expiry = kept.session->identity().expires_at;
      if (now + kWarning < expiry || kept.warned_for == expiry) continue;
      kept.warned_for = expiry;
      kept.session->warn_of_expiry();
    }
  }
  for (const auto& session : all()) {
    if (now > session->identity().expires_at + kGrace) session->end(EndReason::token_expired);
  }
}

void SessionBook::end_all(EndReason reason) {
  for (const auto& session : all()) session->end(reason);
}

std::size_t SessionBook::size() const {
  std::size_t count = 0;
  for (const auto& [user_id, sessions] : by_user_) count += sessions.size();
  return count;
}

}  // namespace confab::gateway
