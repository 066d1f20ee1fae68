#include "gateway/dialects/message_pages.hpp"

#include <algorithm>

namespace confab::gateway::dialects {
namespace {

constexpr std::size_t kPage = 1000;

}  // namespace

Task<Result<std::vector<Message>>> latest_messages(const DoorParts& door, User reader,
                                                   std::string gid, MessagePage page) {
  std::vector<Message> out;
  LogRange range;
  range.folded = true;
  range.before = page.before;
  range.limit = static_cast<std::uint32_t>(std::min(kPage, page.skip + page.limit));
  for (std::size_t others = 0;;) {
    const auto got = co_await door.chat.history(reader, gid, range);
    if (!got) co_return got.error();
    const auto& entries = got->page.entries;
    for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
      if (out.size() == page.limit) break;
      range.before = entry->seq;
      auto message = message_of(*entry);
      if (!message) {
        ++others;
      } else if (page.skip > 0) {
        --page.skip;
      } else {
        out.push_back(std::move(*message));
      }
    }
    const bool more = got->page.more && !entries.empty();
    if (!more || out.size() == page.limit || others >= kMostOthers) co_return out;
    const auto within = door.commands.admit(reader, "history");
    if (!within) co_return within.error();
    range.limit = kPage;
  }
}

}  // namespace confab::gateway::dialects
