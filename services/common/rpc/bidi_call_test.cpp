#include "common/rpc/bidi_call.hpp"

#include <grpc/grpc.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/write.hpp>
#include <stdexcept>
#include <vector>

#include "common/rpc/server.hpp"
#include "common/testing/reserved_port.hpp"
#include "confab/common/v1/error.pb.h"

namespace confab::rpc {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr std::chrono::seconds kPatience{20};

/// Sends every message back, once it may read.
class Echo final : public grpc::ServerGenericBidiReactor {
 public:
  Echo(std::atomic<Echo*>& waiting, bool reads, bool refuses) {
    if (refuses) {
      Finish({grpc::StatusCode::PERMISSION_DENIED, "not you"});
    } else if (reads) {
      read();
    } else {
      waiting = this;
    }
  }
  void read() { StartRead(&message_); }
  void OnReadDone(bool ok) override { ok ? StartWrite(&message_) : Finish(grpc::Status::OK); }
  void OnWriteDone(bool ok) override { ok ? read() : Finish(grpc::Status::OK); }
  void OnDone() override { delete this; }

 private:
  grpc::ByteBuffer message_;
};

struct EchoService final : grpc::CallbackGenericService {
  std::atomic<Echo*> waiting{nullptr};
  bool reads = true;
  bool refuses = false;
  std::string method;  // Of the last call.

  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override {
    method = context->method();
    return new Echo(waiting, reads, refuses);
  }
};

struct BidiCallTest : testing::Test {
  asio::io_context loop{1};
  std::vector<std::string> heard;
  std::string why;
  int ended = 0;
  int drained = 0;
  std::shared_ptr<BidiCall> call;

  void open(const std::string& address) {
    call = std::make_shared<BidiCall>(
        loop, address, "/test.Echo/Talk",
        BidiCall::Events{.message =
                             [this](std::string_view bytes) {
                               common::v1::Error parsed;
                               EXPECT_TRUE(parsed.ParseFromString(std::string(bytes)));
                               heard.push_back(parsed.message());
                             },
                         .drained = [this] { ++drained; },
                         .ended =
                             [this](std::string_view reason) {
                               why = reason;
                               ++ended;
                             }});
    call->start();
  }
  void TearDown() override {
    if (call) call->close();
    loop.restart();
    loop.poll();
  }

  void say(const std::string& text) const {
    common::v1::Error message;
    message.set_message(text);
    call->write(message);
  }

  template <typename Done>
  void await(Done done) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (!done() && std::chrono::steady_clock::now() < end) {
      loop.restart();
      loop.run_one_for(std::chrono::milliseconds(5));
    }
    ASSERT_TRUE(done());
  }
};

/// A server of gRPC's library.
struct BidiCallToGrpcTest : BidiCallTest {
  EchoService service;
  std::unique_ptr<grpc::Server> server;
  std::string address;

  // gRPC's library, once it has nothing left to do, may wait 10 s for its sockets: here it has.
  static void SetUpTestSuite() { grpc_init(); }

  void SetUp() override {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
    builder.RegisterCallbackGenericService(&service);
    server = builder.BuildAndStart();
    address = "127.0.0.1:" + std::to_string(port);
  }
  void TearDown() override {
    BidiCallTest::TearDown();
    server->Shutdown(std::chrono::system_clock::now());
  }
};

TEST_F(BidiCallToGrpcTest, CarriesMessagesOfAnySizeInOrder) {
  open(address);
  std::vector<std::string> said;
  for (const std::size_t size : {0U, 1U, 5U, 70'000U, 3U, 3U << 20U, 16'384U, 2U << 20U, 7U}) {
    said.emplace_back(size, static_cast<char>('a' + said.size()));
    say(said.back());
  }
  await([&] { return heard.size() >= said.size(); });
  EXPECT_EQ(heard, said);
  for (int i = 0; i < 200; ++i) {
    said.push_back(std::to_string(i));
    say(said.back());
  }
  await([&] { return heard.size() >= said.size(); });
  EXPECT_EQ(heard, said);
  for (std::size_t size = 65'500; size < 65'545; ++size) {  // Around the window of a stream.
    said.emplace_back(size, 'w');
    say(said.back());
    if (size % 3 == 0) await([&] { return heard.size() >= said.size(); });
  }
  await([&] { return heard.size() >= said.size(); });
  EXPECT_EQ(heard, said);
  EXPECT_EQ(service.method, "/test.Echo/Talk");
  EXPECT_TRUE(call->is_idle());
  EXPECT_TRUE(call->reached());
  EXPECT_EQ(ended, 0);
}

TEST_F(BidiCallToGrpcTest, SaysWhenWhatAServerDidNotTakeHasGoneAfterAll) {
  service.reads = false;
  open(address);
  const std::string large(6U << 20U, 'x');
  say(large);
  await([&] { return service.waiting.load() != nullptr; });
  EXPECT_FALSE(call->is_idle());
  EXPECT_EQ(drained, 0);
  service.waiting.load()->read();
  await([&] { return drained > 0; });
  EXPECT_TRUE(call->is_idle());
  await([&] { return !heard.empty(); });
  EXPECT_EQ(heard, std::vector<std::string>{large});
}

TEST_F(BidiCallToGrpcTest, TellsTheStatusThatEndedIt) {
  service.refuses = true;
  open(address);
  await([&] { return ended > 0; });
  EXPECT_EQ(why, "gRPC status 7 not you");
  say("too late");
  EXPECT_TRUE(call->is_idle());
}

TEST_F(BidiCallToGrpcTest, EndsWithItsServer) {
  open(address);
  say("a");
  await([&] { return !heard.empty(); });
  server->Shutdown(std::chrono::system_clock::now());
  await([&] { return ended > 0; });
  EXPECT_EQ(ended, 1);
}

TEST_F(BidiCallToGrpcTest, EndsWhenItsMessagesCannotBeTaken) {
  call = std::make_shared<BidiCall>(
      loop, address, "/test.Echo/Talk",
      BidiCall::Events{.message = [](std::string_view) { throw std::runtime_error("no"); },
                       .drained = [] {},
                       .ended = [this](std::string_view) { ++ended; }});
  call->start();
  say("a");
  await([&] { return ended > 0; });
  EXPECT_EQ(ended, 1);
}

TEST_F(BidiCallToGrpcTest, ConnectsToAnAddressOfIpv6) {
  tcp::acceptor six(loop);
  six.open(tcp::v6());
  boost::system::error_code none;
  six.bind({asio::ip::make_address("::1"), 0}, none);
  if (none) GTEST_SKIP() << "there is no IPv6 here";
  six.listen();
  open("[::1]:" + std::to_string(six.local_endpoint().port()));
  await([&] { return call->reached(); });
}

TEST_F(BidiCallToGrpcTest, IsSilentOnceClosed) {
  open(address);
  say("a");
  await([&] { return call->reached(); });
  call->close();
  say("b");
  loop.restart();
  loop.run();
  EXPECT_TRUE(heard.empty());
  EXPECT_EQ(ended, 0);
}

/// A server that says what a test wants, whatever it hears.
struct BidiCallToAnythingTest : BidiCallTest {
  tcp::acceptor acceptor{loop, {asio::ip::make_address("127.0.0.1"), 0}};
  tcp::socket peer{loop};
  std::string answer;

  void serve(std::string bytes) {
    answer = std::move(bytes);
    acceptor.async_accept(peer, [this](auto) { asio::write(peer, asio::buffer(answer)); });
    open("127.0.0.1:" + std::to_string(acceptor.local_endpoint().port()));
    await([&] { return ended > 0; });
  }

  static std::string frame(char type, char flags, char stream, const std::string& payload) {
    std::string out;
    for (const int shift : {16, 8, 0}) out += static_cast<char>(payload.size() >> shift);
    return out + type + flags + std::string(3, '\0') + stream + payload;
  }
  /// SETTINGS, and HEADERS on the call's stream with `status` of HPACK's static table.
  static std::string begun(char status) {
    return frame(4, 0, 0, "") + frame(1, 4, 1, std::string(1, status));
  }
  static constexpr char kOk = '\x88';
  static constexpr char kNotFound = '\x8d';
};

TEST_F(BidiCallToAnythingTest, EndsWhenTheOtherSideSpeaksSomethingElse) {
  serve("HTTP/1.1 400 Bad Request\r\n\r\n");
  EXPECT_EQ(ended, 1);
  EXPECT_FALSE(why.empty());
}

TEST_F(BidiCallToAnythingTest, RefusesAMessageThatIsCompressed) {
  serve(begun(kOk) + frame(0, 0, 1, std::string("\1\0\0\0\1x", 6)));
  EXPECT_EQ(why, "a message that is compressed or too large");
  EXPECT_TRUE(heard.empty());
}

TEST_F(BidiCallToAnythingTest, RefusesAMessageThatIsTooLarge) {
  serve(begun(kOk) + frame(0, 0, 1, std::string("\0\x7f\0\0\0", 5)));
  EXPECT_EQ(why, "a message that is compressed or too large");
}

TEST_F(BidiCallToAnythingTest, TellsAnHttpStatus) {
  serve(begun(kNotFound) + frame(0, 1, 1, ""));
  EXPECT_EQ(why, "HTTP status 404");
}

TEST_F(BidiCallToAnythingTest, PutsAMessageTogetherThatComesInPieces) {
  const std::string message("\0\0\0\0\3\x12\1y", 8);
  std::string frames = begun(kOk);
  for (const char byte : message + message) frames += frame(0, 0, 1, std::string(1, byte));
  serve(frames + frame(3, 0, 1, std::string("\0\0\0\x8", 4)));
  EXPECT_EQ(heard, (std::vector<std::string>{"y", "y"}));
  EXPECT_EQ(why, "CANCEL");
}

TEST_F(BidiCallTest, SaysThatNobodyListens) {
  const ReservedPort nobody;
  open(nobody.address());
  say("a");
  await([&] { return ended > 0; });
  EXPECT_FALSE(call->reached());
  EXPECT_NE(why.find("refused"), std::string::npos) << why;
}

}  // namespace
}  // namespace confab::rpc
