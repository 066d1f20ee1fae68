#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

namespace confab::gateway {

/// What the listener reports to whoever counts; called on the event loop, and must not call back.
struct NetEvents {
  /// A connection or request refused before any handler saw it. `reason` is one of: "connections",
  /// "malformed", "header_size", "body_size", "timeout", "origin", "no_route".
  std::function<void(std::string_view reason)> refused = [](std::string_view) {};
  /// A connection could not be taken, mostly for want of file descriptors. Every 50 ms while so.
  std::function<void()> accept_failed = [] {};
  /// A connection went to the event loop of its session; see HttpServer::route_home().
  std::function<void()> moved = [] {};
  /// A WebSocket cut off because its client read too slowly.
  std::function<void()> outbox_overflowed = [] {};
  /// A client that read too slowly was given nothing more of what is shared, until it catches up.
  std::function<void()> frames_refused = [] {};
  /// Bodies and frame payloads, without headers; but shared frames are counted whole.
  std::function<void(std::size_t bytes)> received = [](std::size_t) {};
  std::function<void(std::size_t bytes)> sent = [](std::size_t) {};
  /// One system call that sent to a WebSocket, with so many bytes.
  std::function<void(std::size_t bytes)> flushed = [](std::size_t) {};
  /// A handler threw; `what` is for the log.
  std::function<void(std::string_view what)> handler_failed = [](std::string_view) {};
};

}  // namespace confab::gateway
