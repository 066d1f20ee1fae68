#include "ctl/verify/verify_client.hpp"

#include "ctl/verify/stream.hpp"

namespace confab::ctl {
namespace {

namespace json = boost::json;

constexpr std::chrono::milliseconds kRetry{300};

std::string text_in(const json::object& object, std::string_view name) {
  const auto* const value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::uint64_t number_in(const json::object& object, std::string_view name) {
  const auto* const value = object.if_contains(name);
  return value != nullptr && value->is_number() ? value->to_number<std::uint64_t>() : 0;
}

bool flag_in(const json::object& object, std::string_view name) {
  const auto* const value = object.if_contains(name);
  return value != nullptr && value->is_bool() && value->get_bool();
}

LogPlace place_in(const json::object& object) {
  return {number_in(object, "epoch"), number_in(object, "seq")};
}

/// Of an answer that is an error.
std::chrono::milliseconds wait_in(const json::object& error) {
  return std::max(kRetry, std::chrono::milliseconds(number_in(error, "retry_after_ms")));
}

SendAnswer to_answer(bool ok, const json::object& data) {
  SendAnswer answer;
  answer.ok = ok;
  if (ok) {
    answer.place = place_in(data);
    answer.msg_id = text_in(data, "msg_id");
  } else {
    answer.code = text_in(data, "code");
    answer.retryable = flag_in(data, "retryable");
    answer.retry_after = wait_in(data);
  }
  return answer;
}

}  // namespace

HeardEntry to_heard(const json::object& event) {
  HeardEntry heard;
  heard.place = place_in(event);
  heard.msg_id = text_in(event, "msg_id");
  heard.type = text_in(event, "type");
  heard.cmid = text_in(event, "client_msg_id");
  if (event.contains("text")) heard.hash = hash_of(text_in(event, "text"));
  const auto* const member = event.if_contains("member");
  if (member != nullptr && member->is_object()) {
    heard.member = static_cast<std::int64_t>(number_in(member->get_object(), "id"));
  }
  return heard;
}

VerifyClient::VerifyClient(Parts parts, std::string name, VerifyUser user, Speech speech,
                           const std::vector<std::string>& gids)
    : parts_(parts),
      name_(std::move(name)),
      user_(std::move(user)),
      speech_(speech),
      wake_(parts.network.loop) {
  record("client");
  for (const auto& gid : gids) {
    const auto resume = [this, gid](std::chrono::milliseconds time) {
      later(time, [this, gid] { rooms_.at(gid).outbox.resume(); });
    };
    const auto transmit_to = [this, gid](std::uint64_t number, const Outbox::Message& message) {
      transmit(gid, number, message);
    };
    rooms_.emplace(gid,
                   Room{RoomView(user_.id, teller(gid)), Outbox(teller(gid), transmit_to, resume)});
  }
}

Tell VerifyClient::teller(const std::string& gid) {
  return [this, gid](HistoryEvent event) {
    event.client = name_;
    event.user = user_.id;
    event.room = gid;
    parts_.recorder.add(std::move(event));
  };
}

void VerifyClient::record(const char* kind, const std::string& gid) {
  HistoryEvent event;
  event.kind = kind;
  teller(gid)(std::move(event));
}

Task<> VerifyClient::run() {
  const auto self = shared_from_this();
  while (!is_closed_) {
    const auto generation = ++generation_;
    Link::Events events;
    events.event = [self, generation](std::string_view name, const json::object& data) {
      if (generation == self->generation_) self->heard(name, data);
    };
    events.down = [self, generation](const std::string& why) {
      if (generation == self->generation_) self->went(why);
    };
    const auto& door = parts_.doors[door_ % parts_.doors.size()];
    auto link = co_await Link::open(parts_.network, door, speech_, user_.token, std::move(events));
    if (link && is_closed_) (*link)->cut();
    if (is_closed_) co_return;
    wake_.expires_after(kRetry);
    if (link) {
      wake_.expires_after(std::chrono::hours(24));  // Until it breaks.
      came(std::move(*link));
    } else {
      trouble_ = link.error().message;
      record("refused");
      ++door_;
    }
    co_await wake_.async_wait(kAwait);
  }
}

void VerifyClient::came(std::shared_ptr<Link> link) {
  link_ = std::move(link);
  trouble_.clear();
  record("up");
  for (auto& [gid, room] : rooms_) room.outbox.connected();
  for (auto& [gid, room] : rooms_) subscribe(gid);
}

void VerifyClient::went(const std::string& why) {
  link_ = nullptr;
  trouble_ = why;
  ++generation_;
  record("down");
  for (auto& [gid, room] : rooms_) {
    room.view.lost();
    room.outbox.lost();
    room.asking = room.ask_again = false;
  }
  wake_.cancel();
}

void VerifyClient::close() {
  is_closed_ = true;
  if (link_) link_->cut();
  wake_.cancel();
}

void VerifyClient::move() {
  ++door_;
  if (link_) link_->cut();
}

void VerifyClient::later(std::chrono::milliseconds time, std::function<void()> act) {
  const auto timer = std::make_shared<boost::asio::steady_timer>(parts_.network.loop, time);
  timer->async_wait([self = shared_from_this(), generation = generation_, timer,
                     act = std::move(act)](const boost::system::error_code& error) {
    if (!error && generation == self->generation_ && !self->is_closed_) act();
  });
}

void VerifyClient::transmit(const std::string& gid, std::uint64_t number,
                            const Outbox::Message& message) {
  if (!link_) return;
  link_->ask("send", {{"room", gid}, {"text", message.text}, {"client_msg_id", message.cmid}},
             [this, gid, number](bool ok, const json::object& data) {
               rooms_.at(gid).outbox.answered(number, to_answer(ok, data));
             });
}

void VerifyClient::subscribe(const std::string& gid) {
  auto& room = rooms_.at(gid);
  room.ask_again = room.asking;
  if (room.asking || !link_) return;  // Who connects asks for all rooms.
  room.asking = true;
  json::object data{{"room", gid}};
  if (const auto& last = room.view.last()) {
    data["position"] = json::object{{"epoch", last->epoch}, {"seq", last->seq}};
  }
  room.view.ask();
  link_->ask("subscribe", std::move(data),
             [this, gid](bool ok, const json::object& answer) { subscribed(gid, ok, answer); });
}

void VerifyClient::subscribed(const std::string& gid, bool ok, const json::object& data) {
  auto& room = rooms_.at(gid);
  room.asking = false;
  if (ok) {
    RoomView::Answer answer;
    answer.head = place_in(data.at("head").as_object());
    answer.reset = flag_in(data, "reset");
    for (const auto& event : data.at("events").as_array()) {
      answer.events.push_back(to_heard(event.as_object()));
    }
    room.view.subscribed(answer);
  } else if (const auto code = text_in(data, "code");
             code == "not_a_member" || code == "room_not_found") {
    room.view.end();
  } else {
    return later(wait_in(data), [this, gid] { subscribe(gid); });
  }
  if (room.ask_again) subscribe(gid);
}

void VerifyClient::heard(std::string_view name, const json::object& data) {
  auto gid = text_in(data, "room");
  if (gid.empty()) gid = text_in(data, "gid");
  const auto found = rooms_.find(gid);
  if (found == rooms_.end()) return;
  auto& view = found->second.view;
  if (name == "reset") return view.reset(place_in(data.at("head").as_object()));
  // With the place it has: a view that goes on misses nothing by asking, and one that is over ends.
  if (name == "lag" || name == "room.added" || name == "room.removed") return subscribe(gid);
  const bool is_entry = number_in(data, "seq") > 0 && data.contains("msg_id");
  if (!is_entry || !view.entry(to_heard(data))) return;
  view.end();
  subscribe(gid);  // The user may be in again already.
}

void VerifyClient::send(const std::string& gid, std::string cmid, std::string text) {
  auto& outbox = rooms_.at(gid).outbox;
  if (!outbox.is_full()) outbox.send({std::move(cmid), std::move(text)});
}

void VerifyClient::repeat(const std::string& gid) {
  auto& outbox = rooms_.at(gid).outbox;
  if (outbox.acked() > 0) outbox.repeat(parts_.random.u64() % outbox.acked());
}

void VerifyClient::leave(const std::string& gid) {
  record("leave", gid);
  if (link_) link_->ask("room.leave", {{"room", gid}}, [](bool, const json::object&) {});
}

void VerifyClient::note_join(const std::string& gid) { record("join", gid); }

std::size_t VerifyClient::open() const {
  std::size_t sum = 0;
  for (const auto& [gid, room] : rooms_) sum += room.outbox.open();
  return sum;
}

bool VerifyClient::has_all(const std::string& gid, const LogPlace& head) const {
  const auto& view = rooms_.at(gid).view;
  return view.state() == RoomView::State::live && view.last() == head;
}

}  // namespace confab::ctl
