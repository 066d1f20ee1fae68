#include "gateway/engineio/options.hpp"

namespace confab::gateway {

std::string_view transport_name(Transport transport) {
  return transport == Transport::polling ? "polling" : "websocket";
}

}  // namespace confab::gateway
