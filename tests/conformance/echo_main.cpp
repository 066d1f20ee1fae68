// The server that the conformance tests speak to: Engine.IO echo on /engine.io/, Socket.IO echo on
// /socket.io/ with the namespaces "/" and "/custom". It prints "listening on PORT" once it is up.
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/random.hpp"
#include "gateway/socketio/server.hpp"

using namespace confab;
using namespace confab::gateway;

namespace {

/// The flags, all of which take a number, with their defaults.
using Flags = std::map<std::string, long, std::less<>>;

bool parse(int argc, char** argv, Flags& flags) {
  for (int i = 1; i < argc; i += 2) {
    const std::string_view name = argv[i];
    const auto flag = name.starts_with("--") ? flags.find(name.substr(2)) : flags.end();
    if (flag == flags.end() || i + 1 == argc) return false;
    const std::string_view value = argv[i + 1];
    const auto [end, error] = std::from_chars(value.begin(), value.end(), flag->second);
    if (error != std::errc() || end != value.end() || flag->second < 0) return false;
  }
  return true;
}

class EngineEcho final : public EngineHandler {
 public:
  void on_open(const std::shared_ptr<EngineSession>&) override {}
  void on_text(EngineSession& session, std::string_view message) override {
    session.send_text(std::make_shared<const std::string>(std::string("4").append(message)));
  }
  void on_binary(EngineSession& session, std::string_view message) override {
    session.send_binary(std::make_shared<const std::string>(message));
  }
  void on_close(EngineSession&, std::string_view) override {}
};

std::vector<SharedBytes> shared(std::vector<std::string> attachments) {
  std::vector<SharedBytes> out;
  for (auto& bytes : attachments) out.push_back(std::make_shared<const std::string>(bytes));
  return out;
}

/// On "/" it answers; on every namespace it tells what the client gave as `auth`.
class SocketEcho final : public Application {
 public:
  void on_connect(const std::shared_ptr<Socket>& socket, std::string auth_json) override {
    socket->accept();
    socket->emit(
        encode_event(socket->namespace_name(), "auth", auth_json.empty() ? "{}" : auth_json));
  }

  void on_event(const std::shared_ptr<Socket>& socket, IncomingEvent event) override {
    if (socket->namespace_name() != "/") return;
    if (event.name == "message") {
      socket->emit(
          encode_event("/", "message-back", event.args(), shared(std::move(event.attachments))));
    } else if (event.name == "message-with-ack" && event.ack_id) {
      socket->ack(*event.ack_id, event.args_json, shared(std::move(event.attachments)));
    } else if (event.name == "ask") {
      ask(socket, std::move(event));
    } else if (event.name == "leave") {
      socket->disconnect();
    } else if (event.name == "drop") {
      socket->close_transport(1001, "going away");
    }
  }

  void on_disconnect(const std::shared_ptr<Socket>&, std::string_view) override {}

 private:
  /// Asks the client the same as "question"; tells what it answered as "answer", or "no-answer".
  static void ask(const std::shared_ptr<Socket>& socket, IncomingEvent event) {
    constexpr std::chrono::milliseconds kPatience{200};
    auto tell = [socket](std::optional<ClientAck> ack) {
      if (!ack) return socket->emit(encode_event("/", "no-answer", ""));
      const auto args = std::string_view(ack->args_json).substr(1, ack->args_json.size() - 2);
      socket->emit(encode_event("/", "answer", args, shared(std::move(ack->attachments))));
    };
    socket->emit_with_ack("question", event.args(), kPatience, std::move(tell),
                          shared(std::move(event.attachments)));
  }
};

EngineOptions engine_options(const Flags& flags, std::string path) {
  EngineOptions options;
  options.path = std::move(path);
  options.ping_interval = std::chrono::milliseconds(flags.at("ping-interval-ms"));
  options.ping_timeout = std::chrono::milliseconds(flags.at("ping-timeout-ms"));
  options.max_payload = static_cast<std::size_t>(flags.at("max-payload"));
  return options;
}

int run(const Flags& flags) {
  boost::asio::io_context io(1);
  SystemRandom random;
  HttpServerOptions http_options;
  http_options.port = static_cast<std::uint16_t>(flags.at("port"));
  http_options.max_body_bytes = static_cast<std::size_t>(flags.at("max-payload"));
  HttpServer http(io, http_options);

  EngineEcho engine_echo;
  EngineServer engine(http, engine_options(flags, "/engine.io/"), random);
  engine.serve(engine_echo);

  SocketEcho socket_echo;
  EngineServer carrier(http, engine_options(flags, "/socket.io/"), random);
  const SocketOptions options{.connect_timeout =
                                  std::chrono::milliseconds(flags.at("connect-timeout-ms"))};
  SocketServer sockets(carrier, options, random);
  sockets.add_namespace("/", socket_echo);
  sockets.add_namespace("/custom", socket_echo);

  const auto port = http.start();
  if (!port) {
    std::fprintf(stderr, "%s\n", port.error().message.c_str());
    return EXIT_FAILURE;
  }
  std::printf("listening on %d\n", *port);
  std::fflush(stdout);
  boost::asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&io](const boost::system::error_code&, int) { io.stop(); });
  io.run();
  return EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) {
  // Short, so that tests need not wait; port 0 is any free one.
  Flags flags = {{"port", 3000},
                 {"ping-interval-ms", 300},
                 {"ping-timeout-ms", 200},
                 {"max-payload", 1'000'000},
                 {"connect-timeout-ms", 1000}};
  if (!parse(argc, argv, flags)) {
    std::fprintf(stderr, "usage: %s", argv[0]);
    for (const auto& [name, value] : flags)
      std::fprintf(stderr, " [--%s %ld]", name.c_str(), value);
    std::fprintf(stderr, "\n");
    return EXIT_FAILURE;
  }
  return run(flags);
}
