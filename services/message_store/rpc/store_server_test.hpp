#pragma once

#include <grpcpp/create_channel.h>
#include <gtest/gtest.h>

#include "common/rpc/server.hpp"
#include "common/rpc/status.hpp"
#include "message_store/domain/fakes.hpp"
#include "message_store/rpc/message_store_rpc.hpp"
#include "message_store/rpc/messages_rpc.hpp"
#include "message_store/storage/postgres_store_test.hpp"

namespace confab::message_store {

/// The whole service but its process and Redis: gRPC on a port of its own, over PostgreSQL.
struct StoreServerTest : testing::Test {
  PostgresStore store;
  SystemRandom random;
  SystemClock clock;
  RecordingEvents events;
  People people{store.rooms};
  Announcer announcer{people, events, [](std::size_t, const Error&) {}};
  RoomLanes lanes{store.log,
                  random,
                  {.writers = 3},
                  [this](const auto& stored) { announcer.committed(stored); },
                  [](const auto&) {}};
  RoomService service{store.rooms, store.log, lanes, people, announcer, clock, random};
  MessageService message_service{store.log, lanes, announcer, random, std::chrono::hours(1)};
  WorkerPool workers{2, 3};
  std::mutex failed_mutex;
  std::vector<std::string> failed;  ///< Guarded by failed_mutex.
  FailureLog failures = [this](std::string_view method, const Error& error) {
    const std::lock_guard lock(failed_mutex);
    failed.push_back(std::string(method) + ": " + error.message);
  };
  MessageStoreRpc methods{service, lanes, workers, failures};
  MessagesRpc message_methods{message_service, workers, failures};
  std::unique_ptr<rpc::Server> server =
      rpc::Server::start("127.0.0.1:0", {&methods, &message_methods}).value();
  std::unique_ptr<v1::MessageStore::Stub> stub = v1::MessageStore::NewStub(channel());

  [[nodiscard]] std::shared_ptr<grpc::Channel> channel() const {
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(rpc::kMaxMessageBytes);
    arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
    return grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(server->port()),
                                     grpc::InsecureChannelCredentials(), arguments);
  }

  /// Calls one unary method; the error as the gateway's client reads it.
  template <typename Request, typename Response>
  Result<Response> call(grpc::Status (v1::MessageStore::Stub::*method)(grpc::ClientContext*,
                                                                       const Request&, Response*),
                        const Request& request) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    Response response;
    const auto status = (*stub.*method)(&context, request, &response);
    if (!status.ok()) return rpc::to_error(status);
    return response;
  }

  /// Ada is 1, and so on: the letters of the alphabet.
  static v1::Person person(const std::string& username) {
    v1::Person out;
    const auto number = username.front() - 'a' + 1;
    out.set_id(number);
    out.set_uuid("a0000000-0000-4000-8000-0000000000" + std::to_string(10 + number));
    out.set_username(username);
    out.set_name("The " + username);
    return out;
  }

  /// A room of ada's.
  v1::Room make_room(const std::string& kind = "", const std::vector<std::string>& members = {}) {
    v1::CreateRoomRequest request;
    *request.mutable_creator() = person("ada");
    request.set_name("Tea");
    request.set_kind(kind);
    for (const auto& member : members) *request.add_members() = person(member);
    return call(&v1::MessageStore::Stub::CreateRoom, request).value();
  }

  template <typename T>
  static std::string code(const Result<T>& result) {
    return result ? "ok" : std::string(error_traits(result.error().code).name);
  }
};

}  // namespace confab::message_store
