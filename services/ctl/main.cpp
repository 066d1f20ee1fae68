#include <cstdio>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>

#include "common/runtime/process.hpp"
#include "ctl/domain/import_file.hpp"
#include "ctl/fake_config.hpp"
#include "ctl/import_config.hpp"
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
    "       confabctl fake --users N --messages M --password PASSWORD [--seed S] [options]\n"
    "           fills a system with people, rooms and what they said over some weeks, to look at "
    "and\n"
    "           try things with; the same numbers make the same again\n"
    "       confabctl import --file DUMP [options]\n"
    "           moves users, rooms and messages of another app over; can be repeated\n"
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

/// Reads the options of a command; an exit code when that was all.
template <typename Config>
std::optional<int> begin(Config& config, const std::vector<std::string>& arguments,
                         const std::function<Result<>()>& check) {
  const auto invocation = config.options.load({arguments, runtime::environment()});
  if (!invocation) return refuse(invocation.error());
  if (invocation->help) {
    std::printf("%s\n%s", kUsage, config.options.help().c_str());
    return 0;
  }
  if (invocation->version) return print_version();
  if (const auto good = check(); !good) {
    return refuse({good.error().code, good.error().message + "; see the command's --help"});
  }
  if (invocation->print_config || invocation->check_config) {
    std::printf("%s", invocation->print_config ? config.options.print().c_str()
                                               : "the configuration is good\n");
    return 0;
  }
  return std::nullopt;
}

/// The services, to be asked by a Provisioner.
struct Services {
  std::unique_ptr<ctl::AccountsClient> accounts;
  std::unique_ptr<ctl::RoomsClient> rooms;
  ctl::Provisioner provisioner{*accounts, *rooms, ctl::ProgressLine()};

  static Result<std::unique_ptr<Services>> open(const ctl::ServiceAddresses& addresses) {
    auto accounts = ctl::AccountsClient::open(addresses.auth);
    if (!accounts) return accounts.error();
    auto rooms = ctl::RoomsClient::open(addresses.message_stores);
    if (!rooms) return rooms.error();
    return std::unique_ptr<Services>(new Services{std::move(*accounts), std::move(*rooms)});
  }
};

int seed(const std::vector<std::string>& arguments) {
  ctl::SeedConfig config;
  if (const auto code = begin(config, arguments, [&] { return config.check(); })) return *code;
  const auto services = Services::open(config.addresses);
  if (!services) return refuse(services.error());
  auto file = ctl::TokenFile::open(config.tokens);
  if (!file) return refuse(file.error());
  const auto seeded = ctl::Seeder((*services)->provisioner).run(config.plan, config.secrets());
  if (!seeded) return refuse(seeded.error());
  if (const auto saved = file->save(*seeded); !saved) return refuse(saved.error());
  return tell(*seeded, config.tokens);
}

int fake(const std::vector<std::string>& arguments) {
  ctl::FakeConfig config;
  const auto now = std::chrono::system_clock::now();
  const auto check = [&]() -> Result<> {
    const auto plan = config.plan(now);
    return plan ? Result<>() : plan.error();
  };
  if (const auto code = begin(config, arguments, check)) return *code;
  const auto services = Services::open(config.addresses);
  if (!services) return refuse(services.error());
  const ctl::FakeWorld world(*config.plan(now));
  const auto made = ctl::make_world(world, config.password, (*services)->provisioner);
  if (!made) return refuse(made.error());
  std::fprintf(stderr,
               "%zu people (%zu new), %zu rooms (%zu new), %zu new messages; log in as %s or any "
               "other\n",
               made->accounts, made->accounts_made, made->rooms, made->rooms_made, made->messages,
               made->someone.c_str());
  if (made->left_alone > 0) {
    std::fprintf(stderr, "%zu direct rooms were there already, and stayed as they were\n",
                 made->left_alone);
  }
  return 0;
}

int import_dump(const std::vector<std::string>& arguments) {
  ctl::ImportConfig config;
  if (const auto code = begin(config, arguments, [&] { return config.check(); })) return *code;
  std::ifstream file(config.file);
  if (!file) return refuse({ErrorCode::invalid_argument, "cannot read --file " + config.file});
  const auto dump = ctl::read_import(file);
  if (!dump) return refuse({dump.error().code, config.file + ", " + dump.error().message});
  std::fprintf(stderr, "%zu users, %zu rooms and %zu messages in %s\n", dump->accounts.size(),
               dump->rooms.size(), dump->messages, config.file.c_str());
  if (dump->locked_out > 0 && config.password.empty()) {
    std::fprintf(stderr,
                 "%zu users have no password and no hash: nobody can log in to accounts that are "
                 "made of them (--password gives them one)\n",
                 dump->locked_out);
  }
  if (config.check_only) return 0;
  const auto services = Services::open(config.addresses);
  if (!services) return refuse(services.error());
  const auto done = ctl::run_import(*dump, config.password, (*services)->provisioner);
  if (!done) return refuse(done.error());
  std::fprintf(stderr, "made %zu accounts and %zu rooms, and added %zu messages\n",
               done->accounts_made, done->rooms_made, done->messages_added);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string command = argc > 1 ? argv[1] : "";
  if (command == "seed") return seed({argv + 2, argv + argc});
  if (command == "verify") return ctl::verify_command({argv + 2, argv + argc});
  if (command == "fake") return fake({argv + 2, argv + argc});
  if (command == "import") return import_dump({argv + 2, argv + argc});
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
