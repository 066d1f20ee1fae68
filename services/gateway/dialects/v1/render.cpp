#include "gateway/dialects/v1/render.hpp"

#include "gateway/dialects/v1/json_object.hpp"
#include "gateway/domain/presence_events.hpp"

namespace confab::gateway::dialects {
namespace {

std::string place(const Position& position) {
  return Object().number("epoch", position.epoch).number("seq", position.seq).close();
}

}  // namespace

std::string wrapped(std::string_view name, const std::string& object) {
  return Object().json(name, object).close();
}

std::string render(const User& user) { return user_json(user); }

std::string render(const Sent& sent) {
  return Object()
      .text("room", sent.gid)
      .number("epoch", sent.ack.epoch)
      .number("seq", sent.ack.seq)
      .text("msg_id", sent.ack.msg_id)
      .number("ts", sent.ack.ts)
      .text("client_msg_id", sent.client_msg_id)
      .close();
}

std::string render(const History& history) {
  return Object()
      .text("room", history.gid)
      .json("head", place(history.page.head))
      .json("events", array(history.page.entries, [](const Entry& entry) { return entry.json; }))
      .flag("more", history.page.more)
      .close();
}

std::string render(const ChangeAnswer& answer) {
  Object out;
  out.text("room", answer.gid).flag("changed", answer.outcome.changed);
  if (const auto& place = answer.outcome.place) {
    out.number("epoch", place->epoch)
        .number("seq", place->seq)
        .text("msg_id", place->msg_id)
        .number("ts", place->ts);
  }
  if (!answer.client_msg_id.empty()) out.text("client_msg_id", answer.client_msg_id);
  return out.close();
}

std::string render(const Room& room) {
  Object out;
  out.text("gid", room.ref.gid)
      .text("name", room.name)
      .text("kind", room.kind)
      .number("created_at", room.created_ms)
      .text("created_by", room.created_by.username)
      .text("topic", room.topic)
      .text("picture", room.picture)
      .flag("archived", room.archived)
      .json("head", place(room.head));
  if (!room.members.empty()) {
    out.json("members", array(room.members, [](const Member& member) { return render(member); }));
  }
  return out.close();
}

bool is_admin(std::string_view role) { return role == "owner" || role == "admin"; }

namespace {

std::string finished(Object& out, const Member& member) {
  return out.number("id", member.user.id)
      .text("uuid", member.user.uuid)
      .text("username", member.user.username)
      .text("name", member.user.name)
      .text("role", member.role)
      .flag("admin", is_admin(member.role))
      .number("added_at", member.added_ms)
      .text("added_by", member.added_by)
      .close();
}

}  // namespace

std::string render(const Member& member) {
  Object out;
  return finished(out, member);
}

std::string render(const std::string& gid, const Member& member) {
  Object out;
  out.text("room", gid);
  return finished(out, member);
}

std::string render(const Login& login) {
  return Object()
      .json("user", render(login.user))
      .text("access_token", login.access_token)
      .number("expires_in", login.expires_in_s)
      .text("refresh_token", login.refresh_token)
      .close();
}

std::string render(const std::string& gid, const Replay& replay) {
  Object out;
  out.text("room", gid)
      .json("head", place(replay.head))
      .json("events", array(replay.events, [](const EntryPtr& entry) { return entry->json; }));
  if (replay.reset) out.flag("reset", true);
  return out.close();
}

std::string render_notice(const Room& room) {
  return Object()
      .text("room", room.ref.gid)
      .text("name", room.name)
      .text("kind", room.kind)
      .close();
}

std::string render(const Error& error) {
  const auto traits = error_traits(error.code);
  Object out;
  out.text("code", traits.name).text("message", error.message).flag("retryable", traits.retryable);
  if (error.retry_after.count() > 0) out.number("retry_after_ms", error.retry_after.count());
  return out.close();
}

std::string render_problem(const Error& error, int status) {
  const auto traits = error_traits(error.code);
  Object out;
  out.text("type", "about:blank")
      .text("title", traits.name)
      .number("status", status)
      .text("code", traits.name)
      .text("detail", error.message)
      .flag("retryable", traits.retryable);
  if (error.retry_after.count() > 0) out.number("retry_after_ms", error.retry_after.count());
  return out.close();
}

}  // namespace confab::gateway::dialects
