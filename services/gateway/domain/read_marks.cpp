#include "gateway/domain/read_marks.hpp"

#include <algorithm>
#include <vector>

namespace confab::gateway {

Task<Result<std::uint64_t>> ReadMarks::read(User user, std::uint64_t room_id, std::uint64_t seq) {
  forget_old();
  const Key key(user.id, room_id);
  auto found = kept_.find(key);
  if (found == kept_.end()) {
    if (kept_.size() >= kMaxKept) {
      co_return Error{ErrorCode::overloaded, "too many read positions wait to be stored", kSpacing};
    }
    found = kept_.try_emplace(key).first;
  }
  auto& kept = found->second;
  if (seq <= kept.stored) co_return kept.stored;
  kept.user = std::move(user);
  kept.wanted = std::max(kept.wanted, seq);
  if (!kept.next) plan(key, kept);
  const auto write = kept.next;
  const auto over = write->over;
  co_await over->passed();
  co_return write->outcome;
}

void ReadMarks::plan(const Key& key, Kept& kept) {
  kept.next = std::make_shared<Write>();
  kept.next->over = loop_.make_gate();
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(kept.free_at - loop_.now());
  if (wait.count() <= 0) return write_soon(key);
  loop_.spawn([this, key, wait]() -> Task<> {
    co_await loop_.sleep(wait);
    write_soon(key);
  });
}

void ReadMarks::write_soon(const Key& key) {
  due_.push_back(key);
  if (std::exchange(writing_, true)) return;
  loop_.spawn([this] { return write_all(); });
}

Task<> ReadMarks::write_all() {
  while (!due_.empty()) co_await write_batch();
  writing_ = false;
}

Task<> ReadMarks::write_batch() {
  std::vector<Key> keys;
  std::vector<WritePtr> writes;
  std::vector<ReadMark> marks;
  for (; !due_.empty() && keys.size() < kMaxBatch; due_.pop_front()) {
    auto& kept = kept_.at(due_.front());
    keys.push_back(due_.front());
    writes.push_back(std::exchange(kept.next, nullptr));
    kept.free_at = loop_.now() + kSpacing;
    by_age_.emplace_back(kept.free_at, keys.back());
    ReadMark mark;
    mark.user = kept.user;
    mark.room_id = keys.back().second;
    mark.seq = kept.wanted;
    marks.push_back(std::move(mark));
  }
  const auto outcomes = co_await store_.mark_read(std::move(marks));
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (!outcomes) {
      writes[i]->outcome = outcomes.error();
    } else if (i < outcomes->size()) {
      writes[i]->outcome = (*outcomes)[i];
    } else {
      writes[i]->outcome = Error{ErrorCode::internal, "the store answered too little"};
    }
    const auto kept = kept_.find(keys[i]);
    if (kept != kept_.end()) {
      if (writes[i]->outcome) kept->second.stored = *writes[i]->outcome;
      if (!kept->second.next) kept->second.wanted = kept->second.stored;
    }
    writes[i]->over->open();
  }
}

void ReadMarks::forget_old() {
  const auto now = loop_.now();
  for (; !by_age_.empty() && by_age_.front().first <= now; by_age_.pop_front()) {
    const auto kept = kept_.find(by_age_.front().second);
    const bool is_done = kept != kept_.end() && !kept->second.next && kept->second.free_at <= now;
    if (is_done) kept_.erase(kept);
  }
}

}  // namespace confab::gateway
