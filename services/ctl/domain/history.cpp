#include "ctl/domain/history.hpp"

#include <boost/json.hpp>

namespace confab::ctl {
namespace {

namespace json = boost::json;

/// The member's value, or nothing where it is absent or null.
const json::value* find(const json::object& object, std::string_view name) {
  const auto* const value = object.if_contains(name);
  return value == nullptr || value->is_null() ? nullptr : value;
}

std::string text_of(const json::object& object, std::string_view name) {
  const auto* const value = find(object, name);
  return value == nullptr ? std::string() : std::string(value->as_string());
}

double number_of(const json::object& object, std::string_view name) {
  const auto* const value = find(object, name);
  return value == nullptr ? 0 : value->to_number<double>();
}

template <typename T>
T whole(const json::object& object, std::string_view name) {
  const auto* const value = find(object, name);
  return value == nullptr ? T{} : value->to_number<T>();
}

bool flag_of(const json::object& object, std::string_view name) {
  const auto* const value = find(object, name);
  return value != nullptr && value->as_bool();
}

LogPlace place_of(const json::object& object) {
  return {whole<std::uint64_t>(object, "epoch"), whole<std::uint64_t>(object, "seq")};
}

LoggedEntry read_entry(const json::object& object) {
  return {place_of(object),
          text_of(object, "msg_id"),
          text_of(object, "type"),
          whole<std::int64_t>(object, "user"),
          whole<std::int64_t>(object, "subject"),
          text_of(object, "cmid"),
          text_of(object, "hash")};
}

HistoryEvent read_event(const json::object& object) {
  HistoryEvent event;
  event.kind = text_of(object, "kind");
  event.client = text_of(object, "client");
  event.user = whole<std::int64_t>(object, "user");
  event.room = text_of(object, "room");
  event.cmid = text_of(object, "cmid");
  event.hash = text_of(object, "hash");
  if (find(object, "key") != nullptr) event.key = number_of(object, "key");
  event.place = place_of(object);
  event.msg_id = text_of(object, "msg_id");
  event.type = text_of(object, "type");
  event.code = text_of(object, "code");
  event.sure = flag_of(object, "sure");
  event.final = flag_of(object, "final");
  event.t = number_of(object, "t");
  return event;
}

History::Logs read_logs(const json::object& rooms) {
  History::Logs logs;
  for (const auto& [room, entries] : rooms) {
    auto& log = logs[room];
    for (const auto& entry : entries.as_array()) log.push_back(read_entry(entry.as_object()));
  }
  return logs;
}

History read(const json::object& object) {
  History history;
  for (const auto& room : object.at("rooms").as_array()) {
    auto& made = history.rooms.emplace_back();
    made.gid = text_of(room.as_object(), "room");
    for (const auto& member : room.at("members").as_array()) {
      made.members.insert(member.to_number<std::int64_t>());
    }
  }
  for (const auto& event : object.at("events").as_array()) {
    history.events.push_back(read_event(event.as_object()));
  }
  for (const auto& [source, rooms] : object.at("logs").as_object()) {
    history.logs[source] = read_logs(rooms.as_object());
  }
  if (auto truth = text_of(object, "truth"); !truth.empty()) history.truth = std::move(truth);
  history.end = number_of(object, "end");
  if (const auto* const windows = find(object, "windows")) {
    for (const auto& window : windows->as_array()) {
      const auto& times = window.as_object();
      history.windows.push_back({number_of(times, "from"), number_of(times, "to")});
    }
  }
  history.stale_ms = number_of(object.at("bounds").as_object(), "stale");
  const auto& expect = object.at("expect").as_object();
  history.expect = {number_of(expect, "oks"), number_of(expect, "deliveries"),
                    number_of(expect, "fired")};
  history.fired = number_of(object, "fired");
  return history;
}

template <typename T>
void put(json::object& out, std::string_view name, const T& value) {
  if (value != T{}) out[name] = value;
}

json::object to_value(const LoggedEntry& entry) {
  json::object out{{"epoch", entry.place.epoch}, {"seq", entry.place.seq}};
  put(out, "msg_id", entry.msg_id);
  put(out, "type", entry.type);
  put(out, "user", entry.user);
  put(out, "subject", entry.subject);
  put(out, "cmid", entry.cmid);
  put(out, "hash", entry.hash);
  return out;
}

json::object to_value(const HistoryEvent& event) {
  json::object out{{"kind", event.kind}, {"t", event.t}};
  put(out, "client", event.client);
  put(out, "user", event.user);
  put(out, "room", event.room);
  put(out, "cmid", event.cmid);
  put(out, "hash", event.hash);
  if (event.key) out["key"] = *event.key;
  if (event.place.epoch != 0) {
    out["epoch"] = event.place.epoch;
    out["seq"] = event.place.seq;
  }
  put(out, "msg_id", event.msg_id);
  put(out, "type", event.type);
  put(out, "code", event.code);
  put(out, "sure", event.sure);
  put(out, "final", event.final);
  return out;
}

}  // namespace

std::string text(const LogPlace& place) {
  return std::to_string(place.epoch) + ":" + std::to_string(place.seq);
}

Result<History> parse_history(std::string_view text) {
  try {
    const auto parsed = json::parse(text);
    const auto& object = parsed.as_object();
    if (find(object, "failover") != nullptr) {
      return Error{ErrorCode::invalid_argument, "a history with a failover is not judged here"};
    }
    return read(object);
  } catch (const std::exception& error) {
    return Error{ErrorCode::invalid_argument, std::string("this is no history: ") + error.what()};
  }
}

std::string to_json(const History& history) {
  json::array rooms;
  for (const auto& room : history.rooms) {
    rooms.push_back(json::object{
        {"room", room.gid}, {"members", json::array(room.members.begin(), room.members.end())}});
  }
  json::array events;
  for (const auto& event : history.events) events.push_back(to_value(event));
  json::object logs;
  for (const auto& [source, of_rooms] : history.logs) {
    json::object out;
    for (const auto& [room, log] : of_rooms) {
      auto& entries = out[room].emplace_array();
      for (const auto& entry : log) entries.push_back(to_value(entry));
    }
    logs[source] = std::move(out);
  }
  json::array windows;
  for (const auto& [from, to] : history.windows) {
    windows.push_back(json::object{{"from", from}, {"to", to}});
  }
  const json::object expect{{"oks", history.expect.oks},
                            {"deliveries", history.expect.deliveries},
                            {"fired", history.expect.fired}};
  const json::object all{{"rooms", std::move(rooms)},
                         {"events", std::move(events)},
                         {"truth", history.truth},
                         {"logs", std::move(logs)},
                         {"end", history.end},
                         {"windows", std::move(windows)},
                         {"fired", history.fired},
                         {"expect", expect},
                         {"bounds", {{"stale", history.stale_ms}}}};
  return json::serialize(all);
}

}  // namespace confab::ctl
