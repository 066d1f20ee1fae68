#include "client/dialect.hpp"

#include <fmt/format.h>

#include <charconv>

namespace confab::load {
namespace {

constexpr std::string_view kTextMark = R"("text":")";
constexpr char kStampMark = '@';
constexpr std::size_t kStampDigits = 16;
constexpr std::uint64_t kHelloId = 1;  // Commands have larger ids (Fleet::next_id).

/// What follows the first `mark`; "" when there is none. string_view::find is memchr and memcmp.
std::string_view after(std::string_view text, std::string_view mark) {
  const auto at = text.find(mark);
  return at == std::string_view::npos ? std::string_view() : text.substr(at + mark.size());
}

template <typename T>
T number(std::string_view text, int base = 10) {
  T value{};
  std::from_chars(text.data(), text.data() + text.size(), value, base);
  return value;
}

std::string_view until_quote(std::string_view text) { return text.substr(0, text.find('"')); }

/// The time in a stamped text, looked for by its rare first character; 0 when there is none.
std::int64_t read_stamp(std::string_view text) {
  for (auto at = text.find(kStampMark); at != std::string_view::npos;
       at = text.find(kStampMark, at + 1)) {
    if (!text.substr(0, at).ends_with(kTextMark)) continue;
    const auto stamp = text.substr(at + 1, kStampDigits);
    return stamp.size() == kStampDigits ? number<std::int64_t>(stamp, 16) : 0;
  }
  return 0;
}

/// A million of these a second are read by one thread: the room is looked for first, the rest
/// mostly just behind it.
void read_entry(std::string_view text, Incoming& out) {
  const auto room = after(text, R"("room":")");
  auto seq = after(room, R"("seq":)");
  if (seq.empty()) seq = after(text, R"("seq":)");
  if (seq.empty() || room.empty()) return;
  out.kind = Incoming::Kind::entry;
  out.seq = number<std::uint64_t>(seq);
  out.gid = until_quote(room);
  out.sent_at = read_stamp(text);
}

/// `name` is the event's; `text` all of it.
void read_event(std::string_view name, std::string_view text, Incoming& out) {
  if (name.starts_with("message\"") || name.starts_with("member.")) return read_entry(text, out);
  if (name.starts_with("reset\"") || name.starts_with("lag\"")) {
    out.kind = Incoming::Kind::trouble;
  }
}

void read_answer(std::string_view text, Incoming& out) {
  out.kind = Incoming::Kind::answer;
  out.ok = text.find(R"("ok":true)") != std::string_view::npos;
  out.seq = number<std::uint64_t>(after(text, R"("seq":)"));
}

void read_socketio_packet(std::string_view text, Incoming& out) {
  if (text.empty()) return;
  switch (text[0]) {
    case '0':
      out.kind = Incoming::Kind::ready;
      out.ticket = until_quote(after(text, R"("pid":")"));
      return;
    case '1':
      out.kind = Incoming::Kind::closed;
      return;
    case '2':
      return read_event(after(text, "[\""), text, out);
    case '3':
      out.id = number<std::uint64_t>(text.substr(1));
      return read_answer(text, out);
    case '4':
      out.kind = Incoming::Kind::refused;
      return;
    default:
      return;
  }
}

Incoming read_socketio(std::string_view text) {
  Incoming out;
  if (text.empty()) return out;
  if (text[0] == '4') {
    read_socketio_packet(text.substr(1), out);
  } else if (text[0] == '0') {
    out.kind = Incoming::Kind::opened;
  } else if (text[0] == '2') {
    out.kind = Incoming::Kind::ping;
  } else if (text[0] == '1') {
    out.kind = Incoming::Kind::closed;
  }
  return out;
}

Incoming read_plain(std::string_view text) {
  Incoming out;
  if (text.starts_with(R"({"event":")")) {
    read_event(text.substr(10), text, out);
    return out;
  }
  const auto id = after(text, R"("re":)");
  if (id.empty()) return out;
  out.id = number<std::uint64_t>(id);
  read_answer(text, out);
  if (out.id == kHelloId) {
    out.kind = out.ok ? Incoming::Kind::ready : Incoming::Kind::refused;
    out.ticket = until_quote(after(text, R"("ticket":")"));
  }
  return out;
}

}  // namespace

Incoming read_message(Dialect dialect, std::string_view text) {
  return dialect == Dialect::socketio ? read_socketio(text) : read_plain(text);
}

std::string upgrade_request(Dialect dialect, std::string_view host) {
  const auto* path =
      dialect == Dialect::socketio ? "/socket.io/?EIO=4&transport=websocket" : "/v1/ws";
  return fmt::format(
      "GET {} HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
      path, host);
}

std::string hello_message(Dialect dialect, const Hello& hello) {
  std::string auth = fmt::format(R"({{"token":"{}")", hello.token);
  if (!hello.ticket.empty()) {
    const auto* name = dialect == Dialect::socketio ? "pid" : "ticket";
    auth += fmt::format(R"(,"{}":"{}")", name, hello.ticket);
  }
  if (hello.rooms == Rooms::none) auth += R"(,"rooms":"none")";
  if (hello.rooms == Rooms::listed) auth += fmt::format(R"(,"rooms":{})", hello.listed);
  auth += '}';
  if (dialect == Dialect::socketio) return "40" + auth;
  return fmt::format(R"({{"id":{},"cmd":"hello","data":{}}})", kHelloId, auth);
}

std::string command_message(Dialect dialect, std::uint64_t id, std::string_view name,
                            std::string_view data) {
  if (dialect == Dialect::socketio) return fmt::format(R"(42{}["{}",{}])", id, name, data);
  return fmt::format(R"({{"id":{},"cmd":"{}","data":{}}})", id, name, data);
}

std::string stamped_text(std::int64_t nanoseconds, std::size_t bytes) {
  auto text = fmt::format("{}{:016x}", kStampMark, nanoseconds);
  if (text.size() < bytes) text.resize(bytes, 'x');
  return text;
}

}  // namespace confab::load

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::load {
namespace {

using Kind = Incoming::Kind;

TEST(Dialect, ReadsEntriesOfEitherDoor) {
  const auto text = stamped_text(0x1234, 40);
  const auto data = R"({"type":"message","room":"r7","epoch":1,"seq":42,"text":")" + text + "\"}";
  for (const auto& [dialect, message] :
       {std::pair(Dialect::socketio, R"(42["message",)" + data + "]"),
        std::pair(Dialect::plain, R"({"event":"message","data":)" + data + "}")}) {
    const auto read = read_message(dialect, message);
    EXPECT_EQ(read.kind, Kind::entry) << message;
    EXPECT_EQ(read.gid, "r7");
    EXPECT_EQ(read.seq, 42U);
    EXPECT_EQ(read.sent_at, 0x1234);
  }
}

TEST(Dialect, ReadsAnswersOfEitherDoor) {
  const auto good = read_message(Dialect::socketio, R"(4317[{"ok":true,"seq":9}])");
  EXPECT_EQ(good.kind, Kind::answer);
  EXPECT_EQ(good.id, 17U);
  EXPECT_EQ(good.seq, 9U);
  EXPECT_TRUE(good.ok);
  const auto bad = read_message(Dialect::plain, R"({"re":17,"ok":false,"error":{"code":"x"}})");
  EXPECT_EQ(bad.kind, Kind::answer);
  EXPECT_FALSE(bad.ok);
}

TEST(Dialect, ReadsTheStepsOfConnecting) {
  EXPECT_EQ(read_message(Dialect::socketio, R"(0{"sid":"a"})").kind, Kind::opened);
  const auto ready = read_message(Dialect::socketio, R"(40{"sid":"a","pid":"t1"})");
  EXPECT_EQ(ready.kind, Kind::ready);
  EXPECT_EQ(ready.ticket, "t1");
  EXPECT_EQ(read_message(Dialect::socketio, R"(40{"sid":"a"})").ticket, "");
  EXPECT_EQ(read_message(Dialect::socketio, R"(44{"message":"no"})").kind, Kind::refused);
  const auto in = read_message(Dialect::plain, R"({"re":1,"ok":true,"data":{"ticket":"t2"}})");
  EXPECT_EQ(in.kind, Kind::ready);
  EXPECT_EQ(in.ticket, "t2");
  EXPECT_EQ(read_message(Dialect::plain, R"({"re":1,"ok":false})").kind, Kind::refused);
}

TEST(Dialect, ReadsTrouble) {
  EXPECT_EQ(read_message(Dialect::socketio, R"(42["reset",{"room":"r","seq":1}])").kind,
            Kind::trouble);
  EXPECT_EQ(read_message(Dialect::plain, R"({"event":"lag","data":{"room":"r"}})").kind,
            Kind::trouble);
  EXPECT_EQ(read_message(Dialect::socketio, "2").kind, Kind::ping);
  EXPECT_EQ(read_message(Dialect::socketio, "").kind, Kind::other);
}

TEST(Dialect, SaysHello) {
  EXPECT_EQ(hello_message(Dialect::socketio, {.token = "t"}), R"(40{"token":"t"})");
  EXPECT_EQ(hello_message(Dialect::socketio, {.token = "t", .ticket = "p", .rooms = Rooms::none}),
            R"(40{"token":"t","pid":"p","rooms":"none"})");
  EXPECT_EQ(
      hello_message(Dialect::plain, {.token = "t", .rooms = Rooms::listed, .listed = R"(["r"])"}),
      R"({"id":1,"cmd":"hello","data":{"token":"t","rooms":["r"]}})");
  EXPECT_EQ(hello_message(Dialect::plain, {.token = "t", .ticket = "p"}),
            R"({"id":1,"cmd":"hello","data":{"token":"t","ticket":"p"}})");
}

}  // namespace
}  // namespace confab::load
#endif
