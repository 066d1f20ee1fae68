#include "common/base/worker_pool.hpp"

#include <unistd.h>

namespace confab {
namespace {

/// A ninth of the share that a thread of normal priority gets, and it is preempted at once.
constexpr int kLowNice = 10;

/// Linux keeps it for each thread. Going down needs no privilege; if it fails all the same, the
/// work is only less polite.
void lower_own_priority() { [[maybe_unused]] const int now = nice(kLowNice); }

}  // namespace

WorkerPool::WorkerPool(std::size_t threads, std::size_t max_queued, Priority priority)
    : max_queued_(max_queued) {
  for (std::size_t i = 0; i < threads; ++i) {
    threads_.emplace_back([this, priority] { work(priority); });
  }
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

void WorkerPool::work(Priority priority) {
  if (priority == Priority::low) lower_own_priority();
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

#include <algorithm>
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

TEST(WorkerPool, OfLowPriorityLowersThatOfItsThreadsOnly) {
  const auto own = [] { return nice(0); };
  const auto before = own();
  int in_pool = 0;
  {
    WorkerPool pool(1, 1, WorkerPool::Priority::low);
    ASSERT_TRUE(pool.submit([&] { in_pool = own(); }));
  }
  EXPECT_EQ(in_pool, std::min(before + 10, 19));
  EXPECT_EQ(own(), before);
}

}  // namespace
}  // namespace confab
#endif
