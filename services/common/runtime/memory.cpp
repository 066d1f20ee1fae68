#include "common/runtime/memory.hpp"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <mutex>

namespace confab::runtime {
namespace {

/// It looks at all free memory of all threads, and each event loop asks for it.
constexpr std::chrono::milliseconds kBetweenGivings{80};
/// What version 1 writes for no limit is nearly as large.
constexpr std::uint64_t kUnlimited = 1ULL << 50;

/// 0 for "max" and what cannot be read.
std::size_t read_limit(const std::string& file) {
  std::ifstream in(file);
  std::uint64_t limit = 0;
  if (!(in >> limit) || limit >= kUnlimited) return 0;
  return limit;
}

std::size_t smaller_limit(std::size_t one, std::size_t other) {
  if (one == 0 || other == 0) return std::max(one, other);
  return std::min(one, other);
}

/// The least of the group at `path` and all above it. In a container the path may be one of the
/// outside, and only the top be there.
std::size_t least_limit(const std::string& top, std::string path, const std::string& file) {
  auto least = read_limit(top + "/" + file);
  while (path.size() > 1) {
    least = smaller_limit(least, read_limit(top + path + "/" + file));
    path.resize(path.find_last_of('/'));
  }
  return least;
}

}  // namespace

void share_arenas(std::size_t working_threads) {
  mallopt(M_ARENA_MAX, static_cast<int>(working_threads) + 1);
}

void give_back_free_memory() {
  using std::chrono::steady_clock;
  static std::mutex giving;
  static steady_clock::time_point given{};
  // Whoever comes meanwhile waits, as it would to allocate, and looks at what is left afterwards.
  const std::lock_guard lock(giving);
  if (steady_clock::now() - given < kBetweenGivings) return;
  malloc_trim(0);
  given = steady_clock::now();
}

std::size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t whole = 0;
  std::size_t resident = 0;
  if (!(statm >> whole >> resident)) return 0;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

std::size_t control_group_limit(const std::string& root) {
  std::ifstream groups(root + "/proc/self/cgroup");
  std::size_t least = 0;
  // "0::/path" in version 2, "4:memory:/path" in version 1.
  for (std::string line; std::getline(groups, line);) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == line.npos || second == line.npos) continue;
    const auto controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const auto path = line.substr(second + 1);
    if (controllers == ",,") {
      least = smaller_limit(least, least_limit(root + "/sys/fs/cgroup", path, "memory.max"));
    } else if (controllers.find(",memory,") != controllers.npos) {
      least = smaller_limit(
          least, least_limit(root + "/sys/fs/cgroup/memory", path, "memory.limit_in_bytes"));
    }
  }
  return least;
}

}  // namespace confab::runtime

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

#include <filesystem>

namespace confab::runtime {
namespace {

struct MemoryTest : ::testing::Test {
  const std::filesystem::path root =
      std::filesystem::temp_directory_path() / ("confab-memory-" + std::to_string(getpid()));

  void TearDown() override { std::filesystem::remove_all(root); }

  void write(const std::string& path, const std::string& text) const {
    const auto file = root / path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
  [[nodiscard]] std::size_t limit() const { return control_group_limit(root.string()); }
};

TEST_F(MemoryTest, ProcessesUseSomeMemory) { EXPECT_GT(resident_bytes(), 100'000U); }

TEST_F(MemoryTest, TheLeastLimitAroundTheProcessCounts) {
  write("proc/self/cgroup", "0::/chat/gateway\n");
  EXPECT_EQ(limit(), 0U);
  write("sys/fs/cgroup/chat/gateway/memory.max", "max\n");
  EXPECT_EQ(limit(), 0U);
  write("sys/fs/cgroup/chat/memory.max", "536870912\n");
  EXPECT_EQ(limit(), 536870912U);
  write("sys/fs/cgroup/chat/gateway/memory.max", "268435456\n");
  EXPECT_EQ(limit(), 268435456U);
}

TEST_F(MemoryTest, AContainerSeesItsLimitAtTheTop) {
  write("proc/self/cgroup", "0::/../../pod7/container9\n");
  write("sys/fs/cgroup/memory.max", "104857600\n");
  EXPECT_EQ(limit(), 104857600U);
}

TEST_F(MemoryTest, KnowsVersionOneAndItsWordForNoLimit) {
  write("proc/self/cgroup", "9:pids:/a\n4:cpu,memory:/a\n0::/a\n");
  write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  EXPECT_EQ(limit(), 0U);
  write("sys/fs/cgroup/memory/a/memory.limit_in_bytes", "67108864\n");
  EXPECT_EQ(limit(), 67108864U);
}

TEST_F(MemoryTest, ASystemWithoutGroupsHasNoLimit) {
  EXPECT_EQ(limit(), 0U);
  write("proc/self/cgroup", "nonsense\n1:\n");
  EXPECT_EQ(limit(), 0U);
}

}  // namespace
}  // namespace confab::runtime
#endif
