#include "gateway/dialects/v1/command_kinds.hpp"

#include <unordered_map>

namespace confab::gateway::dialects {

CallKind kind_of_command(std::string_view name) {
  using Kind = CallKind;
  static const std::unordered_map<std::string_view, CallKind> kKinds = {
      {"send", Kind::send},
      {"edit", Kind::change},
      {"redact", Kind::change},
      {"react", Kind::change},
      {"pin", Kind::change},
      {"history", Kind::page},
      {"pins", Kind::page},
      {"rooms", Kind::page},
      {"rooms.public", Kind::page},
      {"room", Kind::page},
      {"members", Kind::page},
      {"bans", Kind::page},
      {"readers", Kind::page},
      {"blocks", Kind::page},
      {"subscribe", Kind::page},
      {"send.status", Kind::page},
      {"user", Kind::page},
      {"users", Kind::search},
      {"search", Kind::search},
      {"room.create", Kind::create},
      {"room.invite", Kind::create},
      {"direct", Kind::create},
      {"room.update", Kind::setting},
      {"room.archive", Kind::setting},
      {"room.join", Kind::setting},
      {"room.leave", Kind::setting},
      {"room.invite.revoke", Kind::setting},
      {"member.add", Kind::setting},
      {"member.remove", Kind::setting},
      {"member.role", Kind::setting},
      {"member.ban", Kind::setting},
      {"member.unban", Kind::setting},
      {"me.update", Kind::setting},
      {"block", Kind::setting},
      {"unblock", Kind::setting},
      {kAffair, Kind::setting},
  };
  const auto found = kKinds.find(name);
  return found == kKinds.end() ? Kind::other : found->second;
}

}  // namespace confab::gateway::dialects

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::gateway::dialects {
namespace {

TEST(CommandKinds, TellsSendsFromReadsAndTakesTheUnknownForACommand) {
  EXPECT_EQ(kind_of_command("send"), CallKind::send);
  EXPECT_EQ(kind_of_command("history"), CallKind::page);
  EXPECT_EQ(kind_of_command("room.create"), CallKind::create);
  EXPECT_EQ(kind_of_command("me"), CallKind::other);
  EXPECT_EQ(kind_of_command("from.the.future"), CallKind::other);
}

}  // namespace
}  // namespace confab::gateway::dialects
#endif
