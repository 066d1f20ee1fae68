#include "gateway/dialects/v1/room_render.hpp"

#include "gateway/dialects/v1/json_object.hpp"

namespace confab::gateway::dialects {
namespace {

/// The object with more fields.
std::string extended(std::string object, const std::string& more) {
  object.back() = ',';
  object.append(more, 1);
  return object;
}

std::string render_last(const LastMessage& last) {
  return Object()
      .number("seq", last.seq)
      .number("ts", last.ts)
      .text("sender", last.sender)
      .text("kind", last.kind)
      .text("text", last.text)
      .close();
}

std::string render_mine(const MyRoom& mine) {
  Object more;
  more.text("role", mine.role)
      .flag("admin", is_admin(mine.role))
      .number("read_seq", mine.read_seq)
      .number("unread", mine.unread)
      .number("active_at", mine.active_ms);
  if (mine.last) more.json("last_message", render_last(*mine.last));
  return extended(render(mine.room), more.close());
}

}  // namespace

std::string render(const MyRooms& page) {
  Object out;
  out.json("rooms", array(page.rooms, [](const MyRoom& mine) { return render_mine(mine); }));
  if (!page.next.empty()) out.text("next", page.next);
  return out.close();
}

std::string render(const ListPage<PublicRoom>& page) {
  Object out;
  out.json("rooms", array(page.items, [](const PublicRoom& one) {
             return extended(render(one.room), Object().flag("joined", one.joined).close());
           }));
  if (page.more) out.text("next", page.items.back().room.ref.gid);
  return out.close();
}

std::string render(const std::string& gid, const ListPage<Member>& page) {
  Object out;
  out.text("room", gid).json("members", array(page.items, [](const Member& member) {
                               return render(member);
                             }));
  if (page.more) out.number("next", page.items.back().user.id);
  return out.close();
}

std::string render(const std::string& gid, const ListPage<Ban>& page) {
  Object out;
  out.text("room", gid).json("bans", array(page.items, [](const Ban& ban) {
                               return Object()
                                   .json("user", render(ban.user))
                                   .text("banned_by", ban.banned_by)
                                   .number("banned_at", ban.banned_ms)
                                   .close();
                             }));
  if (page.more) out.number("next", page.items.back().user.id);
  return out.close();
}

std::string render(const std::string& gid, const Invite& invite) {
  Object out;
  out.text("room", gid).text("code", invite.code).number("expires_at", invite.expires_ms);
  if (invite.uses > 0) out.number("uses", invite.uses);
  return out.close();
}

std::string render(const std::string& gid, std::uint64_t seq, const Readers& page) {
  Object out;
  out.text("room", gid).number("seq", seq);
  out.json("readers", array(page.readers, [](const Reader& reader) {
             return Object().json("user", render(reader.user)).number("seq", reader.seq).close();
           }));
  if (page.next != 0) out.number("next", page.next);
  return out.close();
}

std::string render(const SendStatus& status) {
  Object out;
  out.text("room", status.gid)
      .text("client_msg_id", status.client_msg_id)
      .flag("stored", status.ack.has_value());
  if (status.ack) {
    out.number("epoch", status.ack->epoch)
        .number("seq", status.ack->seq)
        .text("msg_id", status.ack->msg_id)
        .number("ts", status.ack->ts);
  }
  return out.close();
}

std::string render_place(const std::string& gid, std::uint64_t seq) {
  return Object().text("room", gid).number("seq", seq).close();
}

}  // namespace confab::gateway::dialects
