#include "gateway/loop/asio_loop.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace confab::gateway {
namespace {

namespace asio = boost::asio;

/// A timer that never fires serves as a condition that coroutines wait for.
class TimerGate final : public Gate {
 public:
  explicit TimerGate(asio::io_context& io) : timer_(io, asio::steady_timer::time_point::max()) {}

  void open() override {
    open_ = true;
    timer_.cancel();
  }

  Task<> passed() override {
    while (!open_) co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
  }

 private:
  asio::steady_timer timer_;
  bool open_ = false;
};

}  // namespace

std::shared_ptr<Gate> AsioLoop::make_gate() { return std::make_shared<TimerGate>(io_); }

void AsioLoop::spawn(std::function<Task<>()> task) {
  // co_spawn alone would begin at once, inside whatever the caller is doing.
  asio::post(io_, [this, task = std::move(task)]() mutable {
    asio::co_spawn(io_, std::move(task), [this](const std::exception_ptr& failure) {
      if (!failure) return;
      try {
        std::rethrow_exception(failure);
      } catch (const std::exception& known) {
        failed_(known.what());
      }
    });
  });
}

void AsioLoop::defer(std::function<void()> call) {
  asio::post(io_, [this, call = std::move(call)] {
    try {
      call();
    } catch (const std::exception& known) {
      failed_(known.what());
    }
  });
}

Task<> AsioLoop::sleep(std::chrono::milliseconds time) {
  asio::steady_timer timer(io_, time);
  co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

}  // namespace confab::gateway
