#pragma once

#include <map>
#include <string>

namespace confab::load {

/// A line of standard input: `<name> [key=value…]`.
class Command {
 public:
  explicit Command(const std::string& line);

  [[nodiscard]] const std::string& name() const { return name_; }
  /// The value of `key`, or `otherwise` when it is not given. Throws std::runtime_error when it is
  /// no number.
  [[nodiscard]] double number(const std::string& key, double otherwise) const;
  [[nodiscard]] std::size_t count(const std::string& key, std::size_t otherwise) const;

 private:
  std::string name_;
  std::map<std::string, std::string> values_;
};

}  // namespace confab::load
