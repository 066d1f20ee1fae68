// confab-load: many clients in one process, for ./dev bench. See tests/load/README.md.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <map>
#include <stdexcept>

#include "client/accounts.hpp"
#include "client/calibrate.hpp"
#include "client/fleet.hpp"
#include "client/session.hpp"

using namespace confab::load;

namespace {

constexpr auto kHelp =
    R"(usage: confab-load clients --servers HOST:PORT[,HOST:PORT...] --accounts FILE [options]
         --dialect socketio|plain   how the clients talk (socketio)
         --rooms all|none|listed    what they ask to hear (all)
         --order strict|counted     whether a message out of order makes a run void (strict)
         --sources N                source addresses 127.0.0.2... to use (8)
       confab-load calibrate [--seconds 0.5] [--sockets 200] [--bytes 300]
       confab-load insert --database URL [--seconds 5] [--batch 50] [--bytes 128]

`clients` obeys lines of standard input and answers each with a line of JSON:
  connect [clients=N] [inflight=50]
  run [rate=100] [warm=2] [seconds=5] [bytes=128]     open loop; "begin" and "end" are told as well
  history [clients=N] [step=1] [inflight=1] [limit=50]
  stall [percent=1] | resume [quiet=2] | drop | quit
)";

class Arguments {
 public:
  Arguments(int count, char** values) {
    for (int i = 2; i + 1 < count; i += 2) values_[values[i]] = values[i + 1];
    if (count % 2 != 0) throw std::runtime_error("an option needs a value; see --help");
  }
  [[nodiscard]] std::string text(const std::string& name, const std::string& otherwise) const {
    const auto found = values_.find(name);
    return found == values_.end() ? otherwise : found->second;
  }
  [[nodiscard]] std::string required(const std::string& name) const {
    const auto value = text(name, "");
    if (value.empty()) throw std::runtime_error(name + " is missing; see --help");
    return value;
  }
  [[nodiscard]] double number(const std::string& name, double otherwise) const {
    const auto value = text(name, "");
    return value.empty() ? otherwise : std::stod(value);
  }
  [[nodiscard]] std::size_t count(const std::string& name, std::size_t otherwise) const {
    return static_cast<std::size_t>(number(name, static_cast<double>(otherwise)));
  }

 private:
  std::map<std::string, std::string> values_;
};

std::vector<sockaddr_in> parse_servers(const std::string& list) {
  std::vector<sockaddr_in> servers;
  for (std::size_t at = 0; at <= list.size();) {
    const auto end = std::min(list.find(',', at), list.size());
    const auto server = list.substr(at, end - at);
    const auto colon = server.rfind(':');
    sockaddr_in address{};
    address.sin_family = AF_INET;
    if (colon == std::string::npos ||
        ::inet_pton(AF_INET, server.substr(0, colon).c_str(), &address.sin_addr) != 1) {
      throw std::runtime_error("--servers: " + server + " is no IPv4 address with a port");
    }
    address.sin_port = htons(static_cast<std::uint16_t>(std::stoul(server.substr(colon + 1))));
    servers.push_back(address);
    at = end + 1;
  }
  return servers;
}

/// As many descriptors as the system lets us have.
void raise_limits() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

void serve_clients(const Arguments& arguments) {
  const std::map<std::string, Dialect> dialects = {{"socketio", Dialect::socketio},
                                                   {"plain", Dialect::plain}};
  const std::map<std::string, Rooms> rooms = {
      {"all", Rooms::all}, {"none", Rooms::none}, {"listed", Rooms::listed}};
  FleetOptions options;
  options.servers = parse_servers(arguments.required("--servers"));
  options.dialect = dialects.at(arguments.text("--dialect", "socketio"));
  options.rooms = rooms.at(arguments.text("--rooms", "all"));
  options.sources = std::max<std::size_t>(arguments.count("--sources", options.sources), 1);
  Fleet fleet(options, read_accounts(arguments.required("--accounts")));
  Session(fleet, arguments.text("--order", "strict") == "strict").serve();
}

void run(const std::string& command, const Arguments& arguments) {
  if (command == "clients") return serve_clients(arguments);
  if (command == "calibrate") {
    fmt::print("{{\"event\":\"calibrated\",{}}}\n",
               calibrate(arguments.number("--seconds", 0.5), arguments.count("--sockets", 200),
                         arguments.count("--bytes", 300)));
    return;
  }
  if (command == "insert") {
    fmt::print("{{\"event\":\"inserted\",{}}}\n",
               raw_insert(arguments.required("--database"), arguments.number("--seconds", 5),
                          arguments.count("--batch", 50), arguments.count("--bytes", 128)));
    return;
  }
  throw std::runtime_error("there is no command " + command + "; see --help");
}

}  // namespace

int main(int count, char** values) {
  const std::string command = count > 1 ? values[1] : "--help";
  if (command == "--help" || command == "-h") {
    fmt::print("{}", kHelp);
    return 0;
  }
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);  // Never outlives the one who drives it.
  raise_limits();
  try {
    run(command, Arguments(count, values));
  } catch (const std::exception& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return 1;
  }
  return 0;
}
