#include <benchmark/benchmark.h>

#include "cases.hpp"
#include "gateway/net/frame_parser.hpp"
#include "gateway/net/test_frames.hpp"
#include "gateway/socketio/event_frames.hpp"

namespace confab::micro {
namespace {

constexpr std::size_t kFrames = 16;

/// Small messages of a client in one read, unmasked in place.
std::function<void()> parse_frames() {
  std::string input;
  for (std::size_t i = 0; i < kFrames; ++i) {
    input += gateway::testing::client_text("42" + std::to_string(i) + R"(["send",{"text":")" +
                                           std::string(128, 'x') + R"("}])");
  }
  return [input, parser = std::make_shared<gateway::FrameParser>(1'000'000)] {
    auto bytes = input;
    std::span<char> rest(bytes);
    while (parser->next(rest).kind != gateway::FrameEvent::Kind::none) {
    }
    benchmark::DoNotOptimize(rest.size());
  };
}

/// What a room sends in one batch.
std::function<void()> encode_frames() {
  return [json = R"({"seq":123456,"text":")" + std::string(300, 'x') + R"("})"] {
    gateway::EventFrames frames("/");
    for (std::size_t i = 0; i < kFrames; ++i) frames.add("message", json);
    benchmark::DoNotOptimize(frames.take());
  };
}

}  // namespace

std::vector<Case> frame_cases() {
  return {{"frames_parse", kFrames, parse_frames}, {"frames_encode_batch", kFrames, encode_frames}};
}

}  // namespace confab::micro
