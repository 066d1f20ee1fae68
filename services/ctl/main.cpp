#include <cstdio>

#include "common/runtime/process.hpp"
#include "ctl/progress.hpp"
#include "ctl/rpc/provisioning_clients.hpp"
#include "ctl/seed_config.hpp"
#include "ctl/token_file.hpp"
#include "ctl/verify_command.hpp"

using namespace confab;

namespace {

constexpr auto kUsage =
    "confabctl " CONFAB_VERSION
    ": what operators of a Confab do by hand\n"
    "\n"
    "usage: confabctl seed --users N [--rooms R --members M] --tokens FILE [options]\n"
    "           makes accounts and rooms for tests and benchmarks, and writes a token of each "
    "user;\n"
    "           run again with the same numbers it finds what is there and writes fresh tokens\n"
    "       confabctl verify --gateway URL[,URL...] [--for 60s] [options]\n"
    "           tries a live installation with throw-away users, and says whether it keeps its\n"
    "           promises\n"
    "       confabctl COMMAND --help    the options of a command\n"
    "       confabctl --version\n";

int refuse(const Error& error) {
  std::fprintf(stderr, "confabctl: %s\n", error.message.c_str());
  return 1;
}

int tell(const ctl::Seeded& seeded, const std::string& path) {
  std::fprintf(stderr,
               "%zu accounts (%zu new) and %zu rooms (%zu new); %s has their tokens, which work "
               "for %lld minutes\n",
               seeded.accounts.size(), seeded.accounts_made, seeded.rooms.size(), seeded.rooms_made,
               path.c_str(), static_cast<long long>(seeded.expires_in.count() / 60));
  return 0;
}

int print_version() {
  std::printf("%s\n", CONFAB_VERSION);
  return 0;
}

int seed(const std::vector<std::string>& arguments) {
  ctl::SeedConfig config;
  const auto invocation = config.options.load({arguments, runtime::environment()});
  if (!invocation) return refuse(invocation.error());
  if (invocation->help) {
    std::printf("%s\n%s", kUsage, config.options.help().c_str());
    return 0;
  }
  if (invocation->version) return print_version();
  if (const auto good = config.check(); !good) {
    return refuse({good.error().code, good.error().message + "; see confabctl seed --help"});
  }
  if (invocation->print_config || invocation->check_config) {
    std::printf("%s", invocation->print_config ? config.options.print().c_str()
                                               : "the configuration is good\n");
    return 0;
  }
  const auto accounts = ctl::AccountsClient::open(config.auth_address);
  if (!accounts) return refuse(accounts.error());
  const auto rooms = ctl::RoomsClient::open(config.message_stores);
  if (!rooms) return refuse(rooms.error());
  auto file = ctl::TokenFile::open(config.tokens);
  if (!file) return refuse(file.error());
  const auto seeded =
      ctl::Seeder(**accounts, **rooms, ctl::Progress()).run(config.plan, config.secrets());
  if (!seeded) return refuse(seeded.error());
  if (const auto saved = file->save(*seeded); !saved) return refuse(saved.error());
  return tell(*seeded, config.tokens);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string command = argc > 1 ? argv[1] : "";
  if (command == "seed") return seed({argv + 2, argv + argc});
  if (command == "verify") return ctl::verify_command({argv + 2, argv + argc});
  if (command == "--version") return print_version();
  if (command == "--help" || command == "help") {
    std::printf("%s", kUsage);
    return 0;
  }
  if (command.empty()) {
    std::fprintf(stderr, "%s", kUsage);
    return 1;
  }
  return refuse(
      {ErrorCode::invalid_argument, "unknown command \"" + command + "\"; see confabctl --help"});
}
