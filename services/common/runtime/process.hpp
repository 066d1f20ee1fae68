#pragma once

#include <prometheus/registry.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/config/options.hpp"
#include "common/logging/logger.hpp"
#include "common/runtime/admin_server.hpp"

namespace confab::runtime {

/// The process environment; the only reader of it.
[[nodiscard]] std::map<std::string, std::string> environment();

/// What every service has around its own work: configuration, one JSON log line an event, the admin
/// port, SIGTERM.
///
///   runtime::Process process({"auth", CONFAB_VERSION}, "Accounts and sessions", config.options());
///   if (const auto code = process.begin(argc, argv)) return *code;
///   ...construct, serve...
///   return process.wait();
class Process {
 public:
  /// `purpose` heads --help. `commands` are the subcommands there are besides serving.
  Process(BuildInfo build, std::string purpose, config::Options& options,
          std::vector<std::string> commands = {});

  /// Reads the configuration, lets `check` judge the values and answers --help and the like; then
  /// starts log and admin port. Returns the exit code when the process is done already. After it,
  /// SIGTERM and SIGINT are blocked in every thread that starts.
  [[nodiscard]] std::optional<int> begin(int argc, char** argv,
                                         const std::function<Result<>()>& check = nullptr);

  /// The subcommand, e.g. "migrate"; empty to serve.
  [[nodiscard]] const std::string& command() const { return command_; }

  /// Prints one line that says what is wrong and returns the exit code 1.
  [[nodiscard]] int refuse(const Error& error) const;

  /// All is up: /startupz and /readyz answer 200 from now on. Any thread.
  void serving();
  /// Blocks until SIGTERM or SIGINT, then answers /readyz with 503. Returns the exit code 0.
  int wait();
  /// After wait(): whether SIGTERM or SIGINT has come once more, for which it waits so long.
  [[nodiscard]] bool is_asked_to_stop_within(std::chrono::milliseconds patience);
  /// Ends the process at once, log written, nothing torn down: for a service whose other threads
  /// may still be calling into what main would destroy. Called when all promises are kept.
  [[noreturn]] void end(int code);
  /// Calls `attempt` with backoff (0.2 s to 5 s) until it succeeds; logs what it waits for. Returns
  /// the exit code when it gives up: 0 when a stop was asked for, 1 when the error is one that
  /// waiting does not cure; that is printed.
  [[nodiscard]] std::optional<int> await(const char* what,
                                         const std::function<Result<>()>& attempt);

  /// The part is expected to go on beating (Pulses): the probes, the log and the metric
  /// confab_silent_seconds{part} tell when it does not. Any thread; as long as this lives.
  [[nodiscard]] Pulses::Pulse& expect(Pulses::Part part);

  [[nodiscard]] logging::Logger& log() { return *log_; }
  [[nodiscard]] prometheus::Registry& metrics() { return registry_; }
  [[nodiscard]] Health& health() { return health_; }

 private:
  [[nodiscard]] std::optional<int> answer(const config::Invocation& invocation) const;
  [[nodiscard]] Result<> check_command(const std::string& command) const;
  void tick();

  BuildInfo build_;
  std::string purpose_;
  config::Options& options_;
  std::vector<std::string> commands_;
  std::string log_level_ = "info";
  std::string admin_listen_ = "127.0.0.1:0";
  std::string command_;
  Health health_;
  prometheus::Registry registry_;
  std::unique_ptr<logging::Logger> log_;
  std::unique_ptr<AdminServer> admin_;
};

}  // namespace confab::runtime
