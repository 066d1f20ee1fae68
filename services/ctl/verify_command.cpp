#include "ctl/verify_command.hpp"

#include <cstdio>
#include <fstream>
#include <iterator>

#include "common/base/random.hpp"
#include "common/runtime/process.hpp"
#include "ctl/domain/verdict_text.hpp"
#include "ctl/verify/verify_run.hpp"
#include "ctl/verify_config.hpp"

namespace confab::ctl {
namespace {

constexpr int kUnjudged = 2;

constexpr auto kUsage =
    "usage: confabctl verify --gateway URL[,URL...] [--for 60s] [options]\n"
    "           throw-away users talk in throw-away rooms of a live installation, over Socket.IO\n"
    "           and plain WebSockets, moving between the gateways; a checker holds what they were\n"
    "           told and saw against the promises of docs/contract.md\n"
    "       confabctl verify --judge FILE\n"
    "Ends with 0 when all promises were kept, 1 when one was broken, 2 when that could not be "
    "found "
    "out.\n\n";

int refuse(const Error& error) {
  std::fprintf(stderr, "confabctl verify: %s\n", error.message.c_str());
  return kUnjudged;
}

Result<> write_file(const std::string& path, const std::string& content) {
  if (path.empty()) return {};
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  if (!(file << content << "\n").flush()) {
    return Error{ErrorCode::invalid_argument, "cannot write " + path};
  }
  return {};
}

int judge(const History& history, const VerifyConfig& config) {
  const auto verdict = check(history);
  std::printf("%s", verdict_text(verdict).c_str());
  const auto written = write_file(config.report, verdict_json(verdict));
  if (!written) return refuse(written.error());
  return static_cast<int>(code_of(verdict));
}

int judge_file(const VerifyConfig& config) {
  std::ifstream file(config.judge, std::ios::binary);
  const std::string content{std::istreambuf_iterator<char>(file), {}};
  if (!file) return refuse({ErrorCode::invalid_argument, "cannot read " + config.judge});
  const auto history = parse_history(content);
  return history ? judge(*history, config) : refuse(history.error());
}

int try_installation(const VerifyConfig& config) {
  std::vector<Door> doors;
  for (const auto& url : config.plan.gateways) {
    auto door = parse_door(url);
    if (!door) return refuse(door.error());
    doors.push_back(std::move(*door));
  }
  SystemRandom random;
  VerifyRun run(config.plan, std::move(doors), random,
                [](const std::string& what) { std::fprintf(stderr, "%s\n", what.c_str()); });
  const auto outcome = run.run();
  if (!outcome) return refuse(outcome.error());
  for (const auto& left : outcome->left) std::fprintf(stderr, "left behind: %s\n", left.c_str());
  const auto written = write_file(config.history, to_json(outcome->history));
  if (!written) return refuse(written.error());
  return judge(outcome->history, config);
}

}  // namespace

int verify_command(const std::vector<std::string>& arguments) {
  VerifyConfig config;
  const auto invocation = config.options.load({arguments, runtime::environment()});
  if (!invocation) return refuse(invocation.error());
  if (invocation->help) {
    std::printf("%s%s", kUsage, config.options.help().c_str());
    return 0;
  }
  if (const auto good = config.check(); !good) {
    return refuse({good.error().code, good.error().message + "; see confabctl verify --help"});
  }
  if (invocation->print_config || invocation->check_config) {
    std::printf("%s", invocation->print_config ? config.options.print().c_str()
                                               : "the configuration is good\n");
    return 0;
  }
  return config.judge.empty() ? try_installation(config) : judge_file(config);
}

}  // namespace confab::ctl
