#include "gateway/socketio/event_frames.hpp"

#include <utility>

#include "common/base/encoding.hpp"
#include "gateway/net/frame_codec.hpp"

namespace confab::gateway {

EventFrames::EventFrames(std::string_view nsp) : head_("42") {
  if (nsp != "/") head_.append(nsp).append(",");
  head_ += '[';
}

void EventFrames::add(std::string_view name, std::string_view args_json) {
  std::string begin = head_;
  append_json_string(begin, name);
  if (!args_json.empty()) begin += ',';
  append_frame_header(frames_, Opcode::text, begin.size() + args_json.size() + 1);
  frames_.append(begin).append(args_json).append("]");
}

SharedBytes EventFrames::take() {
  return std::make_shared<const std::string>(std::exchange(frames_, {}));
}

}  // namespace confab::gateway

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

#include "gateway/socketio/event.hpp"

namespace confab::gateway {
namespace {

TEST(EventFrames, HoldThePacketsThatAreSentOneByOne) {
  for (const std::string nsp : {"/", "/chat"}) {
    EventFrames frames(nsp);
    std::string expected;
    for (const std::string args : {"", "{\"a\":1}", "1,2"}) {
      frames.add("na\"me", args);
      append_text_frame(expected, *encode_event(nsp, "na\"me", args).packet);
    }
    EXPECT_EQ(*frames.take(), expected);
    EXPECT_EQ(*frames.take(), "");
  }
}

}  // namespace
}  // namespace confab::gateway
#endif
