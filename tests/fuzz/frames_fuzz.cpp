// WebSocket frames: the first byte says after how many bytes the input is cut in two, which must
// make no difference to what comes out.
#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "gateway/net/frame_parser.hpp"
#include "gateway/net/utf8_validator.hpp"
#include "input.hpp"

namespace {

using Kind = confab::gateway::FrameEvent::Kind;

constexpr std::uint32_t kMaxMessageBytes = 512;

struct Seen {
  Kind kind;
  std::uint16_t code;
  std::string payload;
  bool operator==(const Seen&) const = default;
};

bool is_utf8(std::string_view text) {
  confab::gateway::Utf8Validator validator;
  return validator.feed(text) && validator.complete();
}

/// What comes out until nothing more does; false when the connection would end.
bool feed(confab::gateway::FrameParser& parser, std::string_view bytes, std::vector<Seen>& seen) {
  std::string copy(bytes);
  std::span<char> input(copy);
  for (;;) {
    const auto event = parser.next(input);
    if (event.kind == Kind::none) {
      confab::fuzz::require(input.empty());
      return true;
    }
    confab::fuzz::require(event.payload.size() <= kMaxMessageBytes);
    if (event.kind == Kind::text || event.kind == Kind::close) {
      confab::fuzz::require(is_utf8(event.payload));
    }
    seen.push_back({event.kind, event.code, std::string(event.payload)});
    if (event.kind == Kind::close || event.kind == Kind::fault) return false;
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto bytes = confab::fuzz::text_of(data + 1, size - 1);
  const auto cut = std::min<std::size_t>(data[0], bytes.size());
  std::vector<Seen> whole;
  std::vector<Seen> parts;
  confab::gateway::FrameParser one(kMaxMessageBytes);
  confab::gateway::FrameParser other(kMaxMessageBytes);
  feed(one, bytes, whole);
  if (feed(other, bytes.substr(0, cut), parts)) feed(other, bytes.substr(cut), parts);
  confab::fuzz::require(whole == parts);
  return 0;
}
