#include "message_store/domain/announcer.hpp"

#include "message_store/domain/event_json.hpp"

namespace confab::message_store {

Result<std::vector<std::string>> Announcer::render(std::span<const Entry> entries) {
  std::vector<std::int64_t> actors;
  for (const auto& entry : entries) actors.push_back(entry.actor_id);
  auto people = people_.get(actors);
  if (!people) return people.error();
  std::vector<std::string> json;
  json.reserve(entries.size());
  for (const auto& entry : entries) json.push_back(event_json(entry, (*people)[entry.actor_id]));
  return json;
}

void Announcer::committed(std::span<const Entry> entries) {
  if (entries.empty()) return;
  const auto json = render(entries);
  if (json) events_.committed(entries, *json);
}

}  // namespace confab::message_store
