#include "message_store/domain/rendered_page.hpp"

namespace confab::message_store {
namespace {

/// Cuts the page to kMaxPageBytes, at the end that is farthest in the reading direction.
void cut_to_size(RenderedPage& rendered, bool upward) {
  auto& entries = rendered.page.entries;
  auto& json = rendered.json;
  std::size_t kept = 0;
  for (std::size_t bytes = 0; kept < json.size(); ++kept) {
    bytes += json[upward ? kept : json.size() - 1 - kept].size();
    if (bytes > kMaxPageBytes && kept > 0) break;
  }
  if (kept == json.size()) return;
  rendered.page.more = true;
  const auto cut = static_cast<std::ptrdiff_t>(json.size() - kept);
  if (upward) {
    entries.erase(entries.end() - cut, entries.end());
    json.erase(json.end() - cut, json.end());
  } else {
    entries.erase(entries.begin(), entries.begin() + cut);
    json.erase(json.begin(), json.begin() + cut);
  }
}

}  // namespace

Result<RenderedPage> render_page(Announcer& announcer, LogPage page, bool upward) {
  auto json = announcer.render(page.entries, page.states);
  if (!json) return json.error();
  RenderedPage rendered{std::move(page), std::move(*json)};
  cut_to_size(rendered, upward);
  return rendered;
}

}  // namespace confab::message_store
