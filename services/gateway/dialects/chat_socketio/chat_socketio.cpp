#include "gateway/dialects/chat_socketio/chat_socketio.hpp"

#include "gateway/dialects/chat_socketio/words.hpp"

namespace confab::gateway::dialects {

Task<HttpResponse> ChatSocketIo::handle(HttpRequest) {
  auto body = chat_socketio::render(
      {ErrorCode::unknown_command, "there is only Socket.IO here, with the namespace /chat"});
  co_return HttpResponse{404, "application/json", std::move(body), {}};
}

}  // namespace confab::gateway::dialects
