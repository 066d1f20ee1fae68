#include "common/runtime/process.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "common/metrics/metrics.hpp"

extern char** environ;  // POSIX: not declared by any header.

namespace confab::runtime {
namespace {

constexpr std::chrono::milliseconds kFirstRetry{200};
constexpr std::chrono::milliseconds kLongestRetry{5000};

/// For how long a name server that says nothing is waited for: by itself it would be 10 s, in which
/// nothing else is looked up by an event loop and what stores and accounts wait for stands still.
/// Whoever runs the program may say otherwise. Before any thread is started.
void bound_name_lookups() { ::setenv("RES_OPTIONS", "timeout:1 attempts:2", 0); }

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

bool stop_asked_within(std::chrono::milliseconds patience) {
  const auto signals = stop_signals();
  const timespec time{patience.count() / 1000, (patience.count() % 1000) * 1'000'000};
  return sigtimedwait(&signals, nullptr, &time) > 0;
}

void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

}  // namespace

std::map<std::string, std::string> environment() {
  std::map<std::string, std::string> out;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const auto equals = text.find('=');
    if (equals != text.npos) out.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return out;
}

Process::Process(BuildInfo build, std::string purpose, config::Options& options,
                 std::vector<std::string> commands)
    : build_(std::move(build)),
      purpose_(std::move(purpose)),
      options_(options),
      commands_(std::move(commands)) {
  options_.add("admin-listen", admin_listen_,
               "ip:port of the operators' pages: /livez /readyz /startupz /metrics /version");
  options_.add("log-level", log_level_, "least level written: debug, info, warning or error");
}

std::optional<int> Process::answer(const config::Invocation& invocation) const {
  if (invocation.help) {
    std::string usage = "usage: confab-" + build_.service + " [options]\n";
    for (const auto& command : commands_) {
      usage += "       confab-" + build_.service + " " + command + " [options]\n";
    }
    print("confab-" + build_.service + " " + build_.version + ": " + purpose_ + "\n\n" + usage +
          "\n" + options_.help());
  } else if (invocation.version) {
    print(build_.version + "\n");
  } else if (invocation.print_config) {
    print(options_.print());
  } else if (invocation.check_config) {
    print("the configuration is good\n");
  } else {
    return std::nullopt;
  }
  return 0;
}

Result<> Process::check_command(const std::string& command) const {
  if (command.empty() || std::count(commands_.begin(), commands_.end(), command) > 0) return {};
  return Error{ErrorCode::invalid_argument, "unknown command \"" + command + "\"; see --help"};
}

std::optional<int> Process::begin(int argc, char** argv, const std::function<Result<>()>& check) {
  const auto invocation = options_.load({{argv + 1, argv + argc}, environment()});
  if (!invocation) return refuse(invocation.error());
  if (const auto good = check_command(invocation->command); !good) return refuse(good.error());
  const auto level = logging::Logger::parse_level(log_level_);
  if (!level) return refuse(level.error());
  if (check && !invocation->help && !invocation->version) {
    if (const auto good = check(); !good) return refuse(good.error());
  }
  if (const auto code = answer(*invocation)) return code;
  command_ = invocation->command;
  bound_name_lookups();
  const auto signals = stop_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  log_ = std::make_unique<logging::Logger>(build_.service, *level);
  if (!command_.empty()) return std::nullopt;  // A subcommand opens no port.
  metrics::gauge(registry_, "confab_build_info", "Always 1; the labels tell the build",
                 {{"service", build_.service}, {"version", build_.version}})
      .Set(1);
  auto admin = AdminServer::start(
      admin_listen_, build_, health_, [this] { return metrics::exposition(registry_); },
      [this] { tick(); });
  if (!admin) return refuse(admin.error());
  admin_ = std::move(*admin);
  log_->info("starting", {{"version", build_.version}, {"admin_port", admin_->port()}});
  return std::nullopt;
}

Pulses::Pulse& Process::expect(Pulses::Part part) {
  auto& seconds = metrics::gauge(registry_, "confab_silent_seconds",
                                 "For how long a part of the process has given no sign of life",
                                 {{"part", part.name}});
  part.silent_for = [&seconds](std::chrono::milliseconds time) {
    seconds.Set(std::chrono::duration<double>(time).count());
  };
  return health_.pulses().expect(std::move(part));
}

void Process::tick() {
  health_.pulses().tick([this](const Pulses::Part& part, bool is_late) {
    if (!is_late) return log_->info("signs_of_life", {{"part", part.name}});
    log_->error("no_sign_of_life", {{"part", part.name}, {"why", part.trouble}});
  });
}

int Process::refuse(const Error& error) const {
  std::fprintf(stderr, "confab-%s: %s\n", build_.service.c_str(), error.message.c_str());
  return 1;
}

void Process::serving() {
  health_.set_started();
  log_->info("serving");
}

int Process::wait() {
  const auto signals = stop_signals();
  int signal = 0;
  sigwait(&signals, &signal);
  health_.set_draining();
  log_->info("stopping", {{"signal", signal}});
  return 0;
}

bool Process::is_asked_to_stop_within(std::chrono::milliseconds patience) {
  const bool asked = stop_asked_within(patience);
  if (asked) log_->info("stopping_at_once");
  return asked;
}

void Process::end(int code) {
  admin_.reset();  // Its thread logs.
  log_.reset();
  std::_Exit(code);
}

std::optional<int> Process::await(const char* what, const std::function<Result<>()>& attempt) {
  health_.set_waiting_for(what);
  for (auto pause = kFirstRetry;; pause = std::min(pause * 2, kLongestRetry)) {
    const auto done = attempt();
    if (done) return std::nullopt;
    if (!error_traits(done.error().code).retryable) return refuse(done.error());
    log_->warning("waiting", {{"for", what}, {"why", done.error().message}});
    if (stop_asked_within(pause)) return 0;
  }
}

}  // namespace confab::runtime
