#pragma once

#include "common/rpc/call_window.hpp"
#include "common/rpc/peer.hpp"
#include "common/rpc/status.hpp"
#include "confab/auth/v1/auth.grpc.pb.h"
#include "confab/auth/v1/profiles.grpc.pb.h"
#include "gateway/domain/people_ports.hpp"

namespace confab::gateway {

/// Profiles by gRPC. Event loop only.
class ProfilesClient final : public Profiles {
 public:
  using Stub = rpc::StubOf<auth::v1::Profiles>;
  using AuthStub = rpc::StubOf<auth::v1::Auth>;

  ProfilesClient(Stub& stub, AuthStub& auth, rpc::CallWindow& calls)
      : stub_(stub), auth_(auth), calls_(calls) {}

  [[nodiscard]] Task<Result<User>> find(std::string handle) override;
  [[nodiscard]] Task<Result<std::vector<User>>> search(std::string prefix,
                                                       std::uint32_t limit) override;
  [[nodiscard]] Task<Result<Renamed>> rename(std::int64_t user_id, std::string name) override;
  [[nodiscard]] Task<Result<std::vector<std::string>>> change_password(
      std::int64_t user_id, std::string session_id, std::string old_password,
      std::string new_password) override;
  [[nodiscard]] Task<Result<Farewell>> erase(std::int64_t user_id, std::string password,
                                             bool only_check) override;
  [[nodiscard]] Task<Result<std::vector<SessionInfo>>> sessions(std::int64_t user_id) override;
  [[nodiscard]] Task<Result<std::vector<std::string>>> log_out_all(std::int64_t user_id) override;
  [[nodiscard]] Task<Result<std::vector<User>>> of_ids(std::vector<std::int64_t> ids) override;

 private:
  using Async = Stub::Async;
  template <typename Response, typename Request>
  Task<Result<Response>> ask(Request request, std::chrono::milliseconds deadline,
                             void (Async::*method)(grpc::ClientContext*, const Request*, Response*,
                                                   std::function<void(grpc::Status)>),
                             rpc::WhenCut when_cut = rpc::WhenCut::unknown_outcome);

  Stub& stub_;
  AuthStub& auth_;
  rpc::CallWindow& calls_;
};

}  // namespace confab::gateway
