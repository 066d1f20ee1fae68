#include "message_store/domain/people.hpp"

namespace confab::message_store {

void People::insert(const Person& person) {
  if (const auto found = by_id_.find(person.id); found != by_id_.end()) {
    *found->second = person;
    order_.splice(order_.begin(), order_, found->second);
    return;
  }
  order_.push_front(person);
  by_id_[person.id] = order_.begin();
  if (order_.size() > kRemembered) {
    by_id_.erase(order_.back().id);
    order_.pop_back();
  }
}

void People::remember(const Person& person) {
  const std::lock_guard lock(mutex_);
  insert(person);
}

Result<std::unordered_map<std::int64_t, Person>> People::get(
    std::span<const std::int64_t> user_ids) {
  std::unordered_map<std::int64_t, Person> found;
  std::vector<std::int64_t> missing;
  {
    const std::lock_guard lock(mutex_);
    for (const auto id : user_ids) {
      if (const auto known = by_id_.find(id); known != by_id_.end()) {
        order_.splice(order_.begin(), order_, known->second);
        found.emplace(id, *known->second);
      } else {
        missing.push_back(id);
      }
    }
  }
  if (missing.empty()) return found;
  const auto loaded = rooms_.people(missing);
  if (!loaded) return loaded.error();
  const std::lock_guard lock(mutex_);
  for (const auto& person : *loaded) {
    insert(person);
    found.emplace(person.id, person);
  }
  return found;
}

}  // namespace confab::message_store
