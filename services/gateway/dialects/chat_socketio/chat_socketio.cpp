#include "gateway/dialects/chat_socketio/chat_socketio.hpp"

#include "gateway/dialects/chat_socketio/words.hpp"

namespace confab::gateway::dialects {

Task<HttpResponse> ChatSocketIo::handle(HttpRequest) {
  HttpResponse response;
  response.status = 404;
  response.content_type = "application/json";
  response.body = chat_socketio::render(
      {ErrorCode::unknown_command, "there is only Socket.IO here, with the namespace /chat"});
  co_return response;
}

}  // namespace confab::gateway::dialects
