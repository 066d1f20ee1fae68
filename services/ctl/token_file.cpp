#include "ctl/token_file.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <utility>

namespace confab::ctl {

Result<TokenFile> TokenFile::open(const std::string& path) {
  auto draft = path + ".XXXXXX";
  const int file = ::mkstemp(draft.data());  // Readable by its owner only.
  if (file < 0) {
    return Error{ErrorCode::invalid_argument,
                 "cannot write --tokens " + path + ": " + std::strerror(errno)};
  }
  ::close(file);
  return TokenFile(path, std::move(draft));
}

TokenFile::TokenFile(TokenFile&& other) noexcept
    : path_(std::move(other.path_)), draft_(std::exchange(other.draft_, {})) {}

TokenFile::~TokenFile() {
  if (!draft_.empty()) std::remove(draft_.c_str());
}

Result<> TokenFile::save(const Seeded& seeded) {
  {
    std::ofstream out(draft_, std::ios::binary | std::ios::trunc);
    write_tokens(seeded, out);
    out.close();
    if (!out) return Error{ErrorCode::internal, "cannot write " + path_ + ": is the disk full?"};
  }
  if (std::rename(draft_.c_str(), path_.c_str()) != 0) {
    return Error{ErrorCode::internal, "cannot write " + path_ + ": " + std::strerror(errno)};
  }
  draft_.clear();
  return {};
}

}  // namespace confab::ctl

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <sstream>

namespace confab::ctl {
namespace {

namespace fs = std::filesystem;

struct TokenFileTest : testing::Test {
  fs::path folder = fs::path(testing::TempDir()) / ("tokens-" + std::to_string(::getpid()));
  std::string path = folder / "tokens.csv";
  Seeded seeded{{{1, "", "ada", "ada", "secret", true}}, {}, 1, 0, {}};

  void SetUp() override { fs::create_directories(folder); }
  void TearDown() override { fs::remove_all(folder); }

  [[nodiscard]] std::string content() const {
    std::ostringstream out;
    out << std::ifstream(path).rdbuf();
    return out.str();
  }
  [[nodiscard]] std::ptrdiff_t files() const {
    return std::distance(fs::directory_iterator(folder), fs::directory_iterator());
  }
};

TEST_F(TokenFileTest, IsForItsOwnerOnly) {
  std::ofstream(path) << "what was there before";
  auto file = TokenFile::open(path);
  ASSERT_TRUE(file) << file.error().message;
  ASSERT_TRUE(file->save(seeded));
  EXPECT_EQ(content(), "secret,ada\n");
  EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(files(), 1);
}

TEST_F(TokenFileTest, LeavesWhatWasThereWhenNothingIsSaved) {
  std::ofstream(path) << "before";
  { ASSERT_TRUE(TokenFile::open(path)); }
  EXPECT_EQ(content(), "before");
  EXPECT_EQ(files(), 1);
}

TEST_F(TokenFileTest, SaysWhereItCannotBeWritten) {
  const auto refused = TokenFile::open(folder / "no" / "tokens.csv");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("no/tokens.csv"), std::string::npos);
}

}  // namespace
}  // namespace confab::ctl
#endif
