#include "gateway/domain/drain.hpp"

#include <algorithm>
#include <random>

namespace confab::gateway {
namespace {

constexpr std::chrono::milliseconds kLook{20};

}  // namespace

std::vector<std::chrono::milliseconds> spread_evenly(std::size_t count,
                                                     std::chrono::milliseconds window,
                                                     Random& random) {
  std::vector<std::chrono::milliseconds> moments;
  moments.reserve(count);
  std::mt19937_64 dice(random.u64());
  std::uniform_real_distribution<double> within(0, 1);
  for (std::size_t i = 0; i < count; ++i) {
    const auto part = (static_cast<double>(i) + within(dice)) / static_cast<double>(count);
    moments.emplace_back(static_cast<std::int64_t>(part * static_cast<double>(window.count())));
  }
  return moments;
}

std::vector<Drain::Leaving> Drain::plan(std::chrono::milliseconds window) {
  auto sessions = book_.all();
  // The book is by user, and the devices of one are not to come back together.
  std::shuffle(sessions.begin(), sessions.end(), std::mt19937_64(random_.u64()));
  const auto enough = kApart * static_cast<std::int64_t>(sessions.size());
  const auto moments = spread_evenly(sessions.size(), std::min(window, enough), random_);
  std::vector<Leaving> leaving;
  leaving.reserve(sessions.size());
  for (std::size_t i = 0; i < sessions.size(); ++i) leaving.push_back({sessions[i], moments[i]});
  return leaving;
}

Task<std::size_t> Drain::run(std::chrono::milliseconds window) {
  const auto leaving = plan(window);
  const auto begun = loop_.now();
  co_await tell(leaving);
  for (const auto& [weak, after] : leaving) {
    co_await sleep_until(begun + after);
    if (const auto session = weak.lock()) session->end(EndReason::draining);
  }
  for (const auto& session : book_.all()) session->end(EndReason::draining);
  co_await wait_until_gone();
  co_return leaving.size();
}

Task<> Drain::tell(const std::vector<Leaving>& leaving) {
  const auto begun = loop_.now();
  for (std::size_t i = 0; i < leaving.size(); ++i) {
    if (i > 0 && i % kTold == 0) co_await loop_.sleep(std::chrono::milliseconds(1));
    const auto gone_by = std::chrono::duration_cast<std::chrono::milliseconds>(loop_.now() - begun);
    const auto left = std::max(leaving[i].after - gone_by, std::chrono::milliseconds(0));
    if (const auto session = leaving[i].session.lock()) session->goaway(left);
  }
}

Task<> Drain::sleep_until(std::chrono::steady_clock::time_point time) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(time - loop_.now());
  if (left.count() > 0) co_await loop_.sleep(left);
}

Task<> Drain::wait_until_gone() {
  const auto end = loop_.now() + kAnswers;
  while (book_.size() > 0 && loop_.now() < end) co_await loop_.sleep(kLook);
}

}  // namespace confab::gateway
