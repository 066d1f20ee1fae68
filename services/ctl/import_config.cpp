#include "ctl/import_config.hpp"

namespace confab::ctl {

ImportConfig::ImportConfig() {
  options.add(
      "file", file,
      "the dump: one JSON object a line, a user, room or message (docs/migrating/README.md); "
      "required");
  options.add_secret("password", password,
                     "password of accounts that have neither a password nor a hash in the dump; "
                     "without it nobody can log in to those");
  options.add("dry-run", check_only, "only read the dump, and tell what is wrong with it");
  addresses.declare(options);
}

Result<> ImportConfig::check() const {
  if (file.empty()) {
    return Error{ErrorCode::invalid_argument,
                 "--file is missing: the dump, e.g. --file dump.jsonl"};
  }
  if (!password.empty() && !is_good_password(password)) {
    return Error{ErrorCode::invalid_argument, "--password must have 8 to 256 bytes"};
  }
  return {};
}

}  // namespace confab::ctl

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::ctl {
namespace {

TEST(ImportConfig, NeedsAFile) {
  ImportConfig config;
  EXPECT_NE(config.check().error().message.find("--file"), std::string::npos);
  ASSERT_TRUE(config.options.load({{"--file=a.jsonl", "--dry-run"}, {}}));
  EXPECT_TRUE(config.check());
  EXPECT_TRUE(config.check_only);
  config.password = "short";
  EXPECT_NE(config.check().error().message.find("--password"), std::string::npos);
}

}  // namespace
}  // namespace confab::ctl
#endif
