#include "ctl/verify/verify_world.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value_to.hpp>

#include "common/base/encoding.hpp"

namespace confab::ctl {
namespace {

namespace json = boost::json;

constexpr int kPage = 500;

LoggedEntry to_logged(const json::object& event) {
  const auto heard = to_heard(event);
  LoggedEntry entry;
  entry.place = heard.place;
  entry.msg_id = heard.msg_id;
  entry.type = heard.type;
  entry.user = event.at("sender").at("id").to_number<std::int64_t>();
  entry.subject = heard.member;
  entry.cmid = heard.cmid;
  entry.hash = heard.hash;
  return entry;
}

RestCall request(const char* method, std::string path, std::string token = {}) {
  RestCall call;
  call.method = method;
  call.path = std::move(path);
  call.token = std::move(token);
  return call;
}

std::string history_path(const std::string& gid, std::uint64_t after) {
  return "/v1/rooms/" + gid + "/history?raw=true&limit=" + std::to_string(kPage) +
         "&after=" + std::to_string(after);
}

Error no_answer(const std::exception& error) {
  return {ErrorCode::unavailable,
          std::string("an answer is not as the protocol says: ") + error.what()};
}

}  // namespace

Task<Result<>> VerifyWorld::make(std::size_t users, std::size_t rooms) {
  const auto run = "verify-" + hex_encode(random_.bytes(4)) + "-";
  for (std::size_t i = 1; i <= users; ++i) {
    const auto made = co_await sign_up(run + std::to_string(i));
    if (!made) co_return made.error();
  }
  for (std::size_t i = 1; i <= rooms; ++i) {
    const auto made = co_await make_room(run + std::to_string(i));
    if (!made) co_return made.error();
  }
  co_return Result<>();
}

Task<Result<>> VerifyWorld::sign_up(std::string username) {
  VerifyUser user;
  user.username = username;
  user.password = hex_encode(random_.bytes(16));
  auto call = request("POST", "/v1/users");
  call.body["username"] = user.username;
  call.body["password"] = user.password;
  const auto answer = co_await call_patiently(network_, doors_.front(), std::move(call));
  if (!answer) co_return answer.error();
  try {
    user.id = answer->at("user").at("id").to_number<std::int64_t>();
    user.token = json::value_to<std::string>(answer->at("access_token"));
    users_.push_back(std::move(user));
  } catch (const std::exception& error) {
    co_return no_answer(error);
  }
  co_return Result<>();
}

Task<Result<>> VerifyWorld::make_room(std::string name) {
  json::array members;
  for (std::size_t i = 1; i < users_.size(); ++i) members.emplace_back(users_[i].username);
  auto call = request("POST", "/v1/rooms", owner_token());
  call.body["name"] = name;
  call.body["kind"] = "private";
  call.body["members"] = std::move(members);
  const auto answer = co_await call_patiently(network_, doors_.front(), std::move(call));
  if (!answer) co_return answer.error();
  try {
    rooms_.push_back(json::value_to<std::string>(answer->at("room").at("gid")));
  } catch (const std::exception& error) {
    co_return no_answer(error);
  }
  co_return Result<>();
}

Task<std::vector<std::string>> VerifyWorld::clean_up() {
  std::vector<std::string> left;
  for (const auto& gid : rooms_) {
    auto call = request("POST", "/v1/rooms/" + gid + "/archive", owner_token());
    call.body["archived"] = true;
    const auto done = co_await call_patiently(network_, doors_.front(), std::move(call));
    if (!done) left.push_back("room " + gid + " is not archived: " + done.error().message);
  }
  for (const auto& user : users_) {
    auto call = request("DELETE", "/v1/me", user.token);
    call.body["password"] = user.password;
    call.body["redact"] = true;
    const auto done = co_await call_patiently(network_, doors_.front(), std::move(call));
    if (!done) left.push_back("user " + user.username + " is not deleted: " + done.error().message);
  }
  co_return left;
}

Task<Result<>> VerifyWorld::let_in(std::string gid, std::string username) {
  auto call = request("POST", "/v1/rooms/" + gid + "/members", owner_token());
  call.body["username"] = username;
  const auto done = co_await call_patiently(network_, doors_.front(), std::move(call));
  if (!done) co_return done.error();
  co_return Result<>();
}

Task<Result<LogPlace>> VerifyWorld::head(std::string gid) {
  auto call = request("GET", "/v1/rooms/" + gid, owner_token());
  const auto answer = co_await call_patiently(network_, doors_.front(), std::move(call));
  if (!answer) co_return answer.error();
  LogPlace place;
  try {
    const auto& head = answer->at("room").at("head");
    place.epoch = head.at("epoch").to_number<std::uint64_t>();
    place.seq = head.at("seq").to_number<std::uint64_t>();
  } catch (const std::exception& error) {
    co_return no_answer(error);
  }
  co_return place;
}

Task<Result<History::Log>> VerifyWorld::log(const Door& door, std::string gid) {
  History::Log log;
  for (bool more = true; more;) {
    const auto after = log.empty() ? 0 : log.back().place.seq;
    auto call = request("GET", history_path(gid, after), owner_token());
    const auto page = co_await call_patiently(network_, door, std::move(call));
    if (!page) co_return page.error();
    try {
      for (const auto& event : page->at("events").as_array()) {
        log.push_back(to_logged(event.as_object()));
      }
      more = page->at("more").as_bool() && !page->at("events").as_array().empty();
    } catch (const std::exception& error) {
      co_return no_answer(error);
    }
  }
  co_return log;
}

}  // namespace confab::ctl
