#include "gateway/domain/intake.hpp"

#include <utility>

namespace confab::gateway {
namespace {

constexpr std::chrono::milliseconds kLook{100};
/// Those refused in one moment come back over so long.
constexpr std::uint64_t kSpreadMs = 4000;
constexpr std::chrono::milliseconds kCrowded{1000};
constexpr std::chrono::milliseconds kMemoryShort{5000};
constexpr std::chrono::milliseconds kLate{2000};

}  // namespace

Intake::Intake(Loop& loop, Random& random, Options options)
    : loop_(loop), random_(random), options_(std::move(options)) {}

Intake::~Intake() { line_->turns.clear(); }

std::size_t Intake::under_way() const { return line_->under_way; }

std::size_t Intake::waiting() const { return line_->turns.size(); }

Error Intake::refuse(std::string_view reason, const char* message,
                     std::chrono::milliseconds least) {
  options_.refused(reason);
  const std::chrono::milliseconds more(static_cast<std::int64_t>(random_.u64() % kSpreadMs));
  return {ErrorCode::overloaded, message, least + more};
}

Result<> Intake::knock() {
  if (memory_short_) return refuse("memory", "the gateway is short of memory", kMemoryShort);
  if (late_) return refuse("lag", "the gateway has too much to do", kLate);
  if (waiting() >= options_.most * kLine) {
    return refuse("joins", "too many clients come at the same time", kCrowded);
  }
  return {};
}

/// A turn; its end is that of the next in line.
Place Intake::begin(const std::shared_ptr<Line>& line) {
  ++line->under_way;
  return Place(line.get(), [line](Line*) {
    --line->under_way;
    if (line->turns.empty()) return;
    // The next counts as under way from now on: nobody else may get in between.
    ++line->under_way;
    const auto next = std::move(line->turns.front());
    line->turns.pop_front();
    next->has_come = true;
    next->gate->open();
  });
}

Task<Result<Place>> Intake::enter() {
  const auto line = line_;
  if (line->under_way < options_.most) co_return begin(line);
  if (line->turns.size() >= options_.most * kLine) {
    co_return refuse("joins", "too many clients come at the same time", kCrowded);
  }
  const auto turn = std::make_shared<Turn>();
  turn->gate = loop_.make_gate();
  turn->until = loop_.now() + kPatience;
  line->turns.push_back(turn);
  if (!std::exchange(line->is_watched, true)) {
    loop_.spawn([&loop = loop_, line] { return give_up_late(loop, line); });
  }
  co_await turn->gate->passed();
  if (!turn->has_come) {
    co_return refuse("joins", "too many clients come at the same time", kCrowded);
  }
  --line->under_way;  // begin() counts it.
  co_return begin(line);
}

/// For as long as there is a line, which is in the order of its patience.
Task<> Intake::give_up_late(Loop& loop, std::shared_ptr<Line> line) {
  while (!line->turns.empty()) {
    while (!line->turns.empty() && line->turns.front()->until <= loop.now()) {
      const auto late = std::move(line->turns.front());
      line->turns.pop_front();
      late->gate->open();
    }
    co_await loop.sleep(kLook);
  }
  line->is_watched = false;
}

}  // namespace confab::gateway
