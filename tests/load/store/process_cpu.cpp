#include "load/store/process_cpu.hpp"

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <pqxx/pqxx>
#include <stdexcept>

#include "common/redis/address.hpp"

namespace confab::load {
namespace {

namespace fs = std::filesystem;

fs::path of_process(pid_t process) { return fs::path("/proc") / std::to_string(process); }

/// Connected to host:port, or -1.
int connect_to(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) return -1;
  const int fd = socket(found->ai_family, found->ai_socktype, 0);
  const bool connected = connect(fd, found->ai_addr, found->ai_addrlen) == 0;
  freeaddrinfo(found);
  if (connected) return fd;
  close(fd);
  return -1;
}

}  // namespace

CpuTime cpu_of(const std::vector<pid_t>& processes) {
  CpuTime sum;
  for (const auto process : processes) {
    std::error_code gone;
    for (const auto& task : fs::directory_iterator(of_process(process) / "task", gone)) {
      std::ifstream file(task.path() / "schedstat");
      double used_ns = 0;
      double waited_ns = 0;
      if (file >> used_ns >> waited_ns) {
        sum.used_us += used_ns / 1000;
        sum.waited_us += waited_ns / 1000;
      }
    }
  }
  return sum;
}

pid_t parent_of(pid_t process) {
  std::ifstream file(of_process(process) / "stat");
  std::string line;
  std::getline(file, line);
  const auto after_name = line.rfind(')');
  if (after_name == std::string::npos) return 0;
  return std::stoi(line.substr(after_name + 4));  // ") S <parent>"
}

std::vector<pid_t> with_children(pid_t parent) {
  std::vector<pid_t> family = {parent};
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const auto name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const auto process = static_cast<pid_t>(std::stoi(name));
    if (parent_of(process) == parent) family.push_back(process);
  }
  return family;
}

pid_t postgres_process(const std::string& url) {
  pqxx::connection connection(url);
  return parent_of(connection.backendpid());
}

pid_t redis_process(const std::string& url) {
  const auto address = redis::parse_addresses({url}).value().front();
  const int fd = connect_to(address.host, address.port);
  if (fd < 0) throw std::runtime_error("no Redis at " + url);
  const std::string question = "INFO server\r\n";
  std::string answer(8192, '\0');
  const bool sent = write(fd, question.data(), question.size()) > 0;
  const auto got = sent ? read(fd, answer.data(), answer.size()) : 0;
  close(fd);
  const std::string field = "process_id:";
  const auto at = got > 0 ? answer.find(field) : std::string::npos;
  if (at == std::string::npos) throw std::runtime_error("Redis does not tell its process");
  return std::stoi(answer.substr(at + field.size()));
}

}  // namespace confab::load
