#pragma once

#include "common/base/worker_pool.hpp"
#include "confab/message_store/v1/people.grpc.pb.h"
#include "message_store/domain/people_service.hpp"
#include "message_store/domain/search_service.hpp"
#include "message_store/rpc/append_stream.hpp"

namespace confab::message_store {

/// The service of people.proto. Everything blocks: calls run on `workers`, searches on `searchers`,
/// so that a storm of searches delays only searches.
class PeopleRpc final : public v1::People::CallbackService {
 public:
  PeopleRpc(PeopleService& people, SearchService& search, WorkerPool& workers,
            WorkerPool& searchers, FailureLog failed)
      : people_(people),
        search_(search),
        workers_(workers),
        searchers_(searchers),
        failed_(std::move(failed)) {}

  grpc::ServerUnaryReactor* SavePerson(grpc::CallbackServerContext* context,
                                       const v1::SavePersonRequest* request,
                                       v1::SavePersonResponse* response) override;
  grpc::ServerUnaryReactor* ForgetPerson(grpc::CallbackServerContext* context,
                                         const v1::ForgetPersonRequest* request,
                                         v1::ForgetPersonResponse* response) override;
  grpc::ServerUnaryReactor* BlockPerson(grpc::CallbackServerContext* context,
                                        const v1::BlockPersonRequest* request,
                                        v1::BlockPersonResponse* response) override;
  grpc::ServerUnaryReactor* UnblockPerson(grpc::CallbackServerContext* context,
                                          const v1::BlockPersonRequest* request,
                                          v1::BlockPersonResponse* response) override;
  grpc::ServerUnaryReactor* ListBlocked(grpc::CallbackServerContext* context,
                                        const v1::ListBlockedRequest* request,
                                        v1::ListBlockedResponse* response) override;
  grpc::ServerUnaryReactor* Search(grpc::CallbackServerContext* context,
                                   const v1::SearchRequest* request,
                                   v1::SearchResponse* response) override;

 private:
  /// Failures are reported and then told without details.
  template <typename Response, typename Work>
  grpc::ServerUnaryReactor* answer(grpc::CallbackServerContext* context, WorkerPool& pool,
                                   const char* method, Response* response, Work work);

  PeopleService& people_;
  SearchService& search_;
  WorkerPool& workers_;
  WorkerPool& searchers_;
  FailureLog failed_;
};

}  // namespace confab::message_store
