#include "ctl/verify/link.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>

#include "ctl/verify/stream.hpp"

namespace confab::ctl {
namespace {

namespace json = boost::json;

constexpr std::chrono::seconds kWatch{1};

const char* path_of(Speech speech) {
  return speech == Speech::plain ? "/v1/ws" : "/socket.io/?EIO=4&transport=websocket";
}

/// Digits at the front, which it takes away; nothing when there are none.
std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
  return number;
}

}  // namespace

Link::Link(Network& network, Speech speech, Events events)
    : speech_(speech), events_(std::move(events)), watch_(network.loop), greeting_(network.loop) {}

Task<Result<std::shared_ptr<Link>>> Link::open(Network& network, const Door& door, Speech speech,
                                               std::string token, Events events) {
  auto wire = co_await Wire::open(network, door, path_of(speech));
  if (!wire) co_return wire.error();
  const auto link = std::make_shared<Link>(network, speech, std::move(events));
  link->wire_ = std::move(*wire);
  Wire::Events heard;
  // The wire lets go of these, and so of the link, when it is closed.
  heard.message = [link](std::string_view message) { link->heard(message); };
  heard.closed = [link](const std::string& why) { link->ended(why); };
  link->greeting_.expires_after(kConnectTime);
  link->wire_->begin(std::move(heard));
  link->hello(token);
  co_await link->greeting_.async_wait(kAwait);
  if (link->is_in_ && !link->is_over_) {
    link->watch();
    co_return link;
  }
  link->cut();
  co_return Error{ErrorCode::unavailable,
                  door.url + ": " + (link->why_.empty() ? "no hello in time" : link->why_)};
}

void Link::hello(const std::string& token) {
  if (speech_ == Speech::socketio)
    return wire_->send("40" + json::serialize(json::object{{"token", token}}));
  ask("hello", {{"token", token}}, [this](bool ok, const json::object& data) {
    greeted(ok, ok ? std::string() : json::serialize(data));
  });
}

void Link::greeted(bool ok, std::string why) {
  is_in_ = ok;
  why_ = std::move(why);
  greeting_.cancel();
}

void Link::ask(std::string_view command, json::object data, Answered answered) {
  if (is_over_) return;
  const auto id = ++last_id_;
  asked_[id] = {std::move(answered), std::chrono::steady_clock::now() + kAnswerTime};
  if (speech_ == Speech::plain) {
    const json::object frame{{"id", id}, {"cmd", command}, {"data", std::move(data)}};
    return wire_->send(json::serialize(frame));
  }
  const json::array packet{json::value(command), json::value(std::move(data))};
  wire_->send("42" + std::to_string(id) + json::serialize(packet));
}

void Link::heard(std::string_view message) {
  if (speech_ == Speech::plain) return heard_plain(json::parse(message).as_object());
  if (message == "2") return wire_->send("3");
  if (message.starts_with('4')) heard_socketio(message.substr(1));
}

void Link::heard_plain(const json::object& frame) {
  if (const auto* const name = frame.if_contains("event")) {
    return events_.event(name->as_string(), frame.at("data").as_object());
  }
  const bool ok = frame.at("ok").as_bool();
  answer(frame.at("re").to_number<std::uint64_t>(), ok,
         frame.at(ok ? "data" : "error").as_object());
}

void Link::heard_socketio(std::string_view packet) {
  if (packet.empty()) return;
  const char type = packet.front();
  packet.remove_prefix(1);
  if (type == '0') return greeted(true, {});
  if (type == '4') return greeted(false, std::string(packet));
  const auto id = take_number(packet);
  if (type != '2' && type != '3') return;
  const auto parsed = json::parse(packet);
  const auto& items = parsed.as_array();
  if (type == '2') return events_.event(items.at(0).as_string(), items.at(1).as_object());
  const auto& data = items.at(0).as_object();
  const bool ok = data.at("ok").as_bool();
  answer(id.value(), ok, ok ? data : data.at("error").as_object());
}

void Link::answer(std::uint64_t id, bool ok, const json::object& data) {
  const auto asked = asked_.extract(id);
  if (asked) asked.mapped().answered(ok, data);
}

void Link::ended(const std::string& why) {
  is_over_ = true;
  asked_.clear();
  watch_.cancel();
  greeting_.cancel();
  if (why_.empty()) why_ = why;
  if (is_in_ && events_.down) events_.down(why);
  events_ = {};
}

/// Looks for answers that are late.
void Link::watch() {
  watch_.expires_after(kWatch);
  watch_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
    if (error || self->is_over_) return;
    const auto now = std::chrono::steady_clock::now();
    if (!self->asked_.empty() && self->asked_.begin()->second.deadline < now) return self->cut();
    self->watch();
  });
}

}  // namespace confab::ctl
