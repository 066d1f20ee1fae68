#include "common/base/worker_pool.hpp"

namespace confab {

WorkerPool::WorkerPool(std::size_t threads, std::size_t max_queued) : max_queued_(max_queued) {
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

WorkerPool::~WorkerPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (auto& thread : threads_) thread.join();
}

bool WorkerPool::submit(std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    if (jobs_.size() >= max_queued_) return false;
    jobs_.push_back(std::move(job));
  }
  wake_.notify_one();
  return true;
}

std::size_t WorkerPool::queued() const {
  const std::lock_guard lock(mutex_);
  return jobs_.size();
}

void WorkerPool::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [&] { return stopping_ || !jobs_.empty(); });
    if (jobs_.empty()) return;
    auto job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    job();
    lock.lock();
  }
}

}  // namespace confab

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

#include <future>

namespace confab {
namespace {

TEST(WorkerPool, RefusesWhatDoesNotFitAndFinishesWhatDoes) {
  std::promise<void> gate;
  std::promise<void> started;
  int done = 0;
  {
    WorkerPool pool(1, 2);
    ASSERT_TRUE(pool.submit([&] {
      started.set_value();
      gate.get_future().wait();
    }));
    started.get_future().wait();
    EXPECT_TRUE(pool.submit([&] { ++done; }));
    EXPECT_TRUE(pool.submit([&] { ++done; }));
    EXPECT_FALSE(pool.submit([&] { ++done; }));
    EXPECT_EQ(pool.queued(), 2U);
    gate.set_value();
  }
  EXPECT_EQ(done, 2);
}

}  // namespace
}  // namespace confab
#endif
