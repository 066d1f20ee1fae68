#pragma once

// Test support: accounts and people as their users change them, in memory.

#include "gateway/domain/people.hpp"

namespace confab::gateway::testing {

/// Records the calls; knows the users it was given.
class FakeProfiles final : public Profiles {
 public:
  std::vector<User> users;
  std::vector<std::string> calls;
  std::optional<Error> error;
  std::vector<std::string> ended{"session-1", "session-2"};
  std::int64_t version = 0;

  Task<Result<User>> find(std::string handle) override {
    calls.push_back("find " + handle);
    if (error) co_return *error;
    for (const auto& user : users) {
      if (user.username == handle || user.uuid == handle) co_return user;
    }
    co_return Error{ErrorCode::user_not_found, "there is no such user"};
  }
  Task<Result<std::vector<User>>> search(std::string prefix, std::uint32_t limit) override {
    calls.push_back("search " + prefix + " " + std::to_string(limit));
    if (error) co_return *error;
    co_return users;
  }
  Task<Result<Renamed>> rename(std::int64_t user_id, std::string name) override {
    calls.push_back("rename " + std::to_string(user_id) + " " + name);
    if (error) co_return *error;
    Renamed renamed;
    renamed.user = {user_id, "uuid", "username", name};
    renamed.version = ++version;
    co_return renamed;
  }
  Task<Result<std::vector<std::string>>> change_password(std::int64_t user_id,
                                                         std::string session_id,
                                                         std::string old_password,
                                                         std::string new_password) override {
    calls.push_back("password " + std::to_string(user_id) + " " + session_id + " " + old_password +
                    " " + new_password);
    if (error) co_return *error;
    co_return ended;
  }
  Task<Result<Farewell>> erase(std::int64_t user_id, std::string password,
                               bool only_check) override {
    calls.push_back((only_check ? "check " : "erase ") + std::to_string(user_id) + " " + password);
    if (error) co_return *error;
    Farewell farewell;
    farewell.ghost = {user_id, "uuid", "deleted", "Deleted user"};
    if (!only_check) farewell.session_ids = ended;
    co_return farewell;
  }
  Task<Result<std::vector<SessionInfo>>> sessions(std::int64_t user_id) override {
    calls.push_back("sessions " + std::to_string(user_id));
    if (error) co_return *error;
    std::vector<SessionInfo> found;
    found.push_back({"session-ann", 1000, 2000});
    found.push_back({"session-2", 500, 600});
    co_return found;
  }
  Task<Result<std::vector<std::string>>> log_out_all(std::int64_t user_id) override {
    calls.push_back("log_out_all " + std::to_string(user_id));
    if (error) co_return *error;
    co_return ended;
  }
  Task<Result<std::vector<User>>> of_ids(std::vector<std::int64_t> ids) override {
    calls.push_back("of_ids " + std::to_string(ids.size()));
    if (error) co_return *error;
    co_return users;
  }
};

/// Records the calls; searches find what they are given.
class FakePeopleStore final : public PeopleStore {
 public:
  std::vector<std::string> calls;
  std::vector<std::int64_t> blocked_ids;
  std::vector<SearchQuestion> questions;
  SearchHits hits;
  std::optional<Error> error;

  Task<Result<>> save(Renamed renamed) override {
    return done("save " + renamed.user.username + " " + renamed.user.name + " " +
                std::to_string(renamed.version));
  }
  Task<Result<>> forget(User ghost, bool redact) override {
    return done("forget " + ghost.username + (redact ? " redact" : ""));
  }
  Task<Result<>> block(std::int64_t user_id, std::int64_t blocked_id) override {
    return done("block " + std::to_string(user_id) + " " + std::to_string(blocked_id));
  }
  Task<Result<>> unblock(std::int64_t user_id, std::int64_t blocked_id) override {
    return done("unblock " + std::to_string(user_id) + " " + std::to_string(blocked_id));
  }
  Task<Result<std::vector<std::int64_t>>> blocked(std::int64_t user_id) override {
    calls.push_back("blocked " + std::to_string(user_id));
    if (error) co_return *error;
    co_return blocked_ids;
  }
  Task<Result<SearchHits>> search(SearchQuestion question) override {
    questions.push_back(std::move(question));
    if (error) co_return *error;
    co_return hits;
  }

 private:
  Task<Result<>> done(std::string call) {
    calls.push_back(std::move(call));
    if (error) co_return *error;
    co_return Result<>();
  }
};

/// People on fakes, with all they need.
struct PeopleOnFakes {
  PeopleOnFakes(Accounts& accounts, Gatekeeper& gate)
      : people(profiles, accounts, people_store, gate) {}

  FakeProfiles profiles;
  FakePeopleStore people_store;
  People people;
};

}  // namespace confab::gateway::testing
