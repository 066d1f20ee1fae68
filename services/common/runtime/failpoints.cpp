// Only in programs with failpoints (common/base/failpoint.hpp).
#include <unistd.h>

#include <array>
#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "common/base/failpoint.hpp"

namespace confab::failpoint {
namespace {

constexpr std::array<std::string_view, 11> kNames{
    "frame_read", "admitted",  "sent_to_store", "queued",     "before_commit", "in_commit",
    "committed",  "published", "answered",      "ack_queued", "ack_written"};

struct Order {
  enum class Action { none, crash, stop, hang, error };
  Action action = Action::none;
  std::uint64_t count = 1;
  bool once = false;
  std::atomic<std::uint64_t> reached = 0;
};
using Orders = std::array<Order, kNames.size()>;

[[noreturn]] void refuse(std::string_view word) {
  const auto text = "CONFAB_FAILPOINTS: cannot read \"" + std::string(word) + "\"\n";
  static_cast<void>(!::write(STDERR_FILENO, text.data(), text.size()));
  std::_Exit(64);
}

void read(std::string_view word, Orders& orders) {
  const auto equals = word.find('=');
  const auto mark = word.find_first_of("@/", equals);
  if (mark == std::string_view::npos) refuse(word);
  const auto action = word.substr(equals + 1, mark - equals - 1);
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] != word.substr(0, equals)) continue;
    auto& order = orders[i];
    if (action == "crash") order.action = Order::Action::crash;
    if (action == "stop") order.action = Order::Action::stop;
    if (action == "hang") order.action = Order::Action::hang;
    if (action == "error") order.action = Order::Action::error;
    order.once = word[mark] == '@';
    const auto* const end = word.data() + word.size();
    const auto [stop, error] = std::from_chars(word.data() + mark + 1, end, order.count);
    const bool good = error == std::errc() && stop == end && order.count > 0;
    if (good && order.action != Order::Action::none) return;
  }
  refuse(word);
}

Orders& orders() {
  static auto& all = []() -> Orders& {
    static Orders read_once;
    const auto* const given = std::getenv("CONFAB_FAILPOINTS");
    for (std::string_view rest = given == nullptr ? "" : given; !rest.empty();) {
      const auto comma = rest.find(',');
      read(rest.substr(0, comma), read_once);
      rest = comma == std::string_view::npos ? "" : rest.substr(comma + 1);
    }
    return read_once;
  }();
  return all;
}

void tell(std::size_t step) {
  const auto text = "failpoint " + std::string(kNames[step]) + "\n";
  static_cast<void>(!::write(STDERR_FILENO, text.data(), text.size()));
}

}  // namespace

bool fails(Step step) {
  const auto number = static_cast<std::size_t>(step);
  auto& order = orders()[number];
  if (order.action == Order::Action::none) return false;
  const auto reached = ++order.reached;
  const bool due = order.once ? reached == order.count : reached % order.count == 0;
  if (!due) return false;
  tell(number);
  if (order.action == Order::Action::crash) ::kill(::getpid(), SIGKILL);
  if (order.action == Order::Action::stop) ::kill(::getpid(), SIGSTOP);
  while (order.action == Order::Action::hang) ::pause();
  return order.action == Order::Action::error;
}

}  // namespace confab::failpoint
