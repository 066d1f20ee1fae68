#include "common/rpc/client.hpp"

#include <grpc/grpc.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <stdexcept>

#include "common/testing/cutting_server.hpp"
#include "common/testing/reserved_port.hpp"
#include "confab/common/v1/error.pb.h"

namespace confab::rpc {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::seconds kPatience{20};

struct CallTest : testing::Test {
  // gRPC's library, once it has nothing left to do, may wait 10 s for its sockets: here it has.
  static void SetUpTestSuite() { grpc_init(); }

  /// What a call to `address` fails with.
  static ErrorCode call_fails(const std::string& address, WhenCut when_cut) {
    using Message = common::v1::Error;
    grpc::TemplatedGenericStub<Message, Message> stub(make_channel(address).value());
    asio::io_context io;
    std::optional<Result<Message>> answer;
    const auto start = [&](auto* context, auto* sent, auto* received, auto done) {
      stub.UnaryCall(context, "/test.Service/Do", {}, sent, received, std::move(done));
    };
    asio::co_spawn(io, call<Message>(Message(), kPatience, start, when_cut),
                   [&](const std::exception_ptr& failure, Result<Message> result) {
                     if (failure) std::rethrow_exception(failure);
                     answer.emplace(std::move(result));
                   });
    io.run();
    return *answer ? ErrorCode::internal : answer->error().code;
  }
};

TEST_F(CallTest, OneThatIsCutAfterItArrivedMayHaveBeenDone) {
  CuttingServer server;
  EXPECT_EQ(call_fails(server.address(), WhenCut::unknown_outcome), ErrorCode::unknown_outcome);
  EXPECT_TRUE(server.was_asked());
}

TEST_F(CallTest, OneThatMayBeRepeatedIsTheSameAsNotDone) {
  CuttingServer server;
  EXPECT_EQ(call_fails(server.address(), WhenCut::unavailable), ErrorCode::unavailable);
  EXPECT_TRUE(server.was_asked());
}

TEST_F(CallTest, OneThatFoundNobodyWasNotDone) {
  const ReservedPort nobody;
  EXPECT_EQ(call_fails(nobody.address(), WhenCut::unknown_outcome), ErrorCode::unavailable);
  EXPECT_EQ(call_fails(nobody.address(), WhenCut::unknown_outcome), ErrorCode::unavailable)
      << "nor before it is dialled again";
}

}  // namespace
}  // namespace confab::rpc
