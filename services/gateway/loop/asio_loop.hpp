#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <string_view>

#include "gateway/domain/ports.hpp"

namespace confab::gateway {

/// The event loop as the domain sees it.
class AsioLoop final : public Loop {
 public:
  /// `failed` is told what a task threw.
  AsioLoop(boost::asio::io_context& io, std::function<void(std::string_view what)> failed)
      : io_(io), failed_(std::move(failed)) {}

  [[nodiscard]] std::shared_ptr<Gate> make_gate() override;
  void spawn(std::function<Task<>()> task) override;
  void defer(std::function<void()> call) override;
  [[nodiscard]] Task<> sleep(std::chrono::milliseconds time) override;
  [[nodiscard]] std::chrono::steady_clock::time_point now() const override {
    return std::chrono::steady_clock::now();
  }

 private:
  boost::asio::io_context& io_;
  std::function<void(std::string_view)> failed_;
};

}  // namespace confab::gateway
