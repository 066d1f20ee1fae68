#include "gateway/dialects/v1/people_render.hpp"

#include "gateway/dialects/v1/json_object.hpp"
#include "gateway/dialects/v1/render.hpp"

namespace confab::gateway::dialects {

std::string render_users(const std::vector<User>& users) {
  return Object()
      .json("users", array(users, [](const User& user) { return render(user); }))
      .close();
}

std::string render(const SearchHits& hits) {
  Object out;
  out.json("results", array(hits.hits, [](const SearchHit& hit) {
             return Object()
                 .text("room", hit.gid)
                 .number("seq", hit.seq)
                 .text("msg_id", hit.msg_id)
                 .number("ts", hit.created_ms)
                 .json("sender", render(hit.sender))
                 .text("text", hit.text)
                 .close();
           }));
  if (!hits.cursor.empty()) out.text("cursor", hits.cursor);
  return out.close();
}

std::string render_sessions(const std::vector<SessionInfo>& sessions, const std::string& current) {
  return Object()
      .json("sessions", array(sessions,
                              [&](const SessionInfo& session) {
                                return Object()
                                    .text("id", session.id)
                                    .number("created_at", session.created_ms)
                                    .number("used_at", session.used_ms)
                                    .flag("current", session.id == current)
                                    .close();
                              }))
      .close();
}

}  // namespace confab::gateway::dialects
