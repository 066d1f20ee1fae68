#include "common/logging/logger.hpp"

#include <fmt/chrono.h>
#include <spdlog/async.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <chrono>

#include "common/base/encoding.hpp"

namespace confab::logging {
namespace {

constexpr std::array<std::string_view, 4> kLevelNames = {"debug", "info", "warning", "error"};

struct ValueWriter {
  std::string& out;
  void operator()(std::int64_t value) const { out += std::to_string(value); }
  void operator()(double value) const { out += fmt::format("{}", value); }
  void operator()(bool value) const { out += value ? "true" : "false"; }
  void operator()(std::string_view value) const {
    append_json_string(out, is_utf8(value) ? value : std::string_view("(not UTF-8)"));
  }
};

}  // namespace

std::string format_line(std::int64_t milliseconds, Level level, std::string_view service,
                        std::string_view event, std::initializer_list<Field> fields) {
  const auto seconds = static_cast<std::time_t>(milliseconds / 1000);
  auto out = fmt::format(R"({{"ts":"{:%Y-%m-%dT%H:%M:%S}.{:03}Z","level":"{}","svc":)",
                         fmt::gmtime(seconds), milliseconds % 1000,
                         kLevelNames[static_cast<std::size_t>(level)]);
  append_json_string(out, service);
  out += R"(,"event":)";
  append_json_string(out, event);
  for (const auto& field : fields) {
    out += ',';
    append_json_string(out, field.key);
    out += ':';
    std::visit(ValueWriter{out}, field.value);
  }
  return out + "}";
}

Logger::Logger(std::string service, Level least) : service_(std::move(service)), least_(least) {
  spdlog::init_thread_pool(kQueuedLines, 1);
  sink_ = std::make_shared<spdlog::async_logger>(
      "confab", std::make_shared<spdlog::sinks::stdout_sink_mt>(), spdlog::thread_pool(),
      spdlog::async_overflow_policy::overrun_oldest);
  sink_->set_pattern("%v");
  sink_->set_level(spdlog::level::trace);
  sink_->flush_on(spdlog::level::trace);
}

Logger::~Logger() {
  sink_.reset();
  spdlog::shutdown();
}

Result<Level> Logger::parse_level(std::string_view name) {
  for (std::size_t i = 0; i < kLevelNames.size(); ++i) {
    if (kLevelNames[i] == name) return static_cast<Level>(i);
  }
  return Error{
      ErrorCode::invalid_argument,
      "log level must be debug, info, warning or error, not \"" + std::string(name) + "\""};
}

void Logger::log(Level level, std::string_view event, std::initializer_list<Field> fields) {
  if (level < least_) return;
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::system_clock::now().time_since_epoch());
  sink_->info(format_line(now.count(), level, service_, event, fields));
}

}  // namespace confab::logging

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::logging {
namespace {

TEST(LogLine, IsOneJsonObjectWithTypedFields) {
  EXPECT_EQ(format_line(1'700'000'000'123, Level::warning, "auth", "login_refused",
                        {{"attempts", 3}, {"ratio", 0.5}, {"known", true}, {"who", "a\"\n"}}),
            R"({"ts":"2023-11-14T22:13:20.123Z","level":"warning","svc":"auth",)"
            R"("event":"login_refused","attempts":3,"ratio":0.5,"known":true,"who":"a\"\n"})");
}

TEST(LogLine, NeverWritesBrokenUtf8) {
  EXPECT_NE(format_line(0, Level::info, "s", "e", {{"k", "\xFF"}}).find("(not UTF-8)"),
            std::string::npos);
}

}  // namespace
}  // namespace confab::logging
#endif
