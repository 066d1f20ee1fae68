#include "client/check.hpp"

namespace confab::load {

bool SeenSeqs::complete(std::uint64_t first, std::uint64_t last) const {
  if (count_ != last - first + 1 || low_ != first || high_ != last) return false;
  std::uint64_t sum = 0;
  std::uint64_t squares = 0;
  for (auto seq = first; seq <= last; ++seq) {
    sum += seq;
    squares += seq * seq;
  }
  return sum == sum_ && squares == squares_;
}

void Verdict::judge(const SeenSeqs& seen, std::uint64_t first, std::uint64_t last) {
  const auto wanted = last - first + 1;
  if (seen.count() < wanted) {
    lost += wanted - seen.count();
  } else if (seen.count() > wanted) {
    repeated += seen.count() - wanted;
  } else if (seen.disorders() > 0) {
    if (seen.complete(first, last)) {
      ++reordered;
    } else {
      ++lost;
      ++repeated;
    }
  } else if (seen.low() != first) {
    ++lost;
  }
}

}  // namespace confab::load

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

#include <initializer_list>

namespace confab::load {
namespace {

Verdict verdict(std::initializer_list<std::uint64_t> seqs) {
  SeenSeqs seen;
  for (const auto seq : seqs) seen.add(seq);
  Verdict verdict;
  verdict.judge(seen, 5, 8);
  return verdict;
}

TEST(Verdict, IsCleanWhenEachCameOnceInOrder) {
  const auto clean = verdict({5, 6, 7, 8});
  EXPECT_EQ(clean.lost + clean.repeated + clean.reordered, 0U);
}

TEST(Verdict, FindsLossAtEitherEndAndInside) {
  EXPECT_EQ(verdict({5, 6, 7}).lost, 1U);
  EXPECT_EQ(verdict({6, 7, 8}).lost, 1U);
  EXPECT_EQ(verdict({5, 8}).lost, 2U);
  EXPECT_EQ(verdict({}).lost, 4U);
  EXPECT_EQ(verdict({6, 7, 8, 9}).lost, 1U);
}

TEST(Verdict, FindsRepeats) { EXPECT_EQ(verdict({5, 6, 6, 7, 8}).repeated, 1U); }

TEST(Verdict, TellsReorderFromLossWithRepeat) {
  EXPECT_EQ(verdict({5, 7, 6, 8}).reordered, 1U);
  EXPECT_EQ(verdict({5, 7, 6, 8}).lost, 0U);
  EXPECT_EQ(verdict({5, 6, 6, 8}).lost, 1U);
  EXPECT_EQ(verdict({5, 6, 6, 8}).repeated, 1U);
}

}  // namespace
}  // namespace confab::load
#endif
