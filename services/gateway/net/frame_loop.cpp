#include "gateway/net/frame_loop.hpp"

#include <sys/epoll.h>

#include <array>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <system_error>
#include <utility>

#include "gateway/net/frame_socket.hpp"

namespace confab::gateway {
namespace {

constexpr std::size_t kReadBufferBytes = 64 * 1024;
/// So many outboxes, and no bigger ones, are kept for the next who need one.
constexpr std::size_t kSpareOutboxes = 256;
constexpr std::size_t kSpareChunks = 32;

/// So many sockets are served before the event loop's other work has its turn.
constexpr std::size_t kMostInATurn = 256;

int new_epoll_set() {
  const int set = ::epoll_create1(EPOLL_CLOEXEC);
  if (set < 0) throw std::system_error(errno, std::system_category(), "epoll_create1");
  return set;
}

}  // namespace

/// The wait's handler. When it is destroyed without a call, the event loop has ended.
struct FrameLoop::Waiting {
  explicit Waiting(std::shared_ptr<FrameLoop> waiting) : loop(std::move(waiting)) {}
  Waiting(Waiting&&) = default;
  Waiting& operator=(Waiting&&) = delete;
  ~Waiting() {
    if (loop) loop->abandon();
  }

  void operator()(const boost::system::error_code& error) {
    const auto self = std::move(loop);
    self->waiting_ = false;
    if (!error) self->serve_ready();
  }

  std::shared_ptr<FrameLoop> loop;
};

FrameLoop::FrameLoop(boost::asio::io_context& io, DeadlineWheel::Now now)
    : io_(io),
      deadlines_(io, now),
      read_buffer_(kReadBufferBytes),
      poll_(io.get_executor(), new_epoll_set()) {}

FrameLoop::~FrameLoop() = default;

// --- Waiting -------------------------------------------------------------------------------------

bool FrameLoop::watch(FrameSocket& socket, std::uint32_t events) {
  if (socket.held_at_ == FrameSocket::kNowhere) {
    socket.held_at_ = static_cast<std::uint32_t>(held_.size());
    held_.push_back(socket.shared_from_this());
  }
  if (events == socket.watched_) return true;
  const int operation = events == 0            ? EPOLL_CTL_DEL
                        : socket.watched_ == 0 ? EPOLL_CTL_ADD
                                               : EPOLL_CTL_MOD;
  epoll_event event{};
  event.events = events;
  event.data.ptr = &socket;
  if (::epoll_ctl(poll_.native_handle(), operation, socket.descriptor_, &event) != 0) return false;
  socket.watched_ = events;
  wait();
  return true;
}

void FrameLoop::wait() {
  if (std::exchange(waiting_, true)) return;
  poll_.async_wait(Descriptor::wait_read, Waiting(shared_from_this()));
}

/// Nothing is destroyed in this turn, so the set's pointers are good; one that was dropped by
/// another ignores its event.
void FrameLoop::serve_ready() {
  std::array<epoll_event, kMostInATurn> ready;
  const int count = ::epoll_wait(poll_.native_handle(), ready.data(), ready.size(), 0);
  in_turn_ = true;
  for (int i = 0; i < count; ++i) {
    const auto& event = ready[static_cast<std::size_t>(i)];
    static_cast<FrameSocket*>(event.data.ptr)->on_ready(event.events);
  }
  in_turn_ = false;
  if (!flush_posted_) flush_all();
  wait();  // What was left wakes it at once.
}

void FrameLoop::finish_later(FrameSocket& socket) {
  if (socket.held_at_ == FrameSocket::kNowhere) {
    ended_.push_back(socket.shared_from_this());
  } else {
    auto& place = held_[socket.held_at_];
    ended_.push_back(std::move(place));
    if (&place != &held_.back()) {
      place = std::move(held_.back());
      place->held_at_ = socket.held_at_;
    }
    held_.pop_back();
    socket.held_at_ = FrameSocket::kNowhere;
  }
  if (ended_.size() > 1) return;
  boost::asio::post(io_, [self = shared_from_this()] { self->finish_all(); });
}

void FrameLoop::finish_all() {
  for (const auto& socket : std::exchange(ended_, {})) socket->finish();
}

/// Lets go of the listeners, each of which may in turn hold its socket, and of the sockets, which
/// hold this.
void FrameLoop::abandon() {
  const auto held = std::exchange(held_, {});
  const auto ended = std::exchange(ended_, {});
  for (const auto& socket : held) socket->end_ = FrameSocket::End::lost;
  for (const auto& socket : held) socket->listener_.reset();
  for (const auto& socket : ended) socket->listener_.reset();
}

// --- Sending -------------------------------------------------------------------------------------

void FrameLoop::flush_later(FrameSocket& socket) {
  if (socket.unflushed_at_ != FrameSocket::kNowhere) return;
  socket.unflushed_at_ = static_cast<std::uint32_t>(unflushed_.size());
  unflushed_.push_back(&socket);
  if (!in_turn_) post_flush();
}

void FrameLoop::forget(FrameSocket& socket) {
  if (socket.unflushed_at_ == FrameSocket::kNowhere) return;
  unflushed_[socket.unflushed_at_] = nullptr;
  socket.unflushed_at_ = FrameSocket::kNowhere;
}

void FrameLoop::post_flush() {
  if (std::exchange(flush_posted_, true)) return;
  boost::asio::post(io_, [self = shared_from_this()] {
    self->flush_posted_ = false;
    self->flush_all();
  });
}

void FrameLoop::flush_all() {
  // A flush may add to the list, and take others off it. What it adds waits for the next turn.
  const auto end = unflushed_.size();
  in_turn_ = true;
  for (std::size_t i = 0; i < end; ++i) {
    auto* socket = std::exchange(unflushed_[i], nullptr);
    if (socket == nullptr) continue;
    socket->unflushed_at_ = FrameSocket::kNowhere;
    socket->flush();
  }
  in_turn_ = false;
  unflushed_.erase(unflushed_.begin(), unflushed_.begin() + static_cast<std::ptrdiff_t>(end));
  for (std::size_t i = 0; i < unflushed_.size(); ++i) {
    if (unflushed_[i] != nullptr) unflushed_[i]->unflushed_at_ = static_cast<std::uint32_t>(i);
  }
  if (!unflushed_.empty()) post_flush();
}

std::unique_ptr<FrameOutbox> FrameLoop::take_outbox() {
  if (spare_.empty()) return std::make_unique<FrameOutbox>();
  auto outbox = std::move(spare_.back());
  spare_.pop_back();
  return outbox;
}

void FrameLoop::give_back(std::unique_ptr<FrameOutbox> outbox) {
  if (spare_.size() >= kSpareOutboxes || outbox->capacity() > kSpareChunks) return;
  outbox->clear();
  spare_.push_back(std::move(outbox));
}

}  // namespace confab::gateway
