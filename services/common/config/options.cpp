#include "common/config/options.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>

namespace confab::config {
namespace {

Error bad(std::string message) { return {ErrorCode::invalid_argument, std::move(message)}; }

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

Result<std::string> read_all(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  if (!file || !(content << file.rdbuf()).good()) return bad("cannot read the file " + path);
  return content.str();
}

std::string upper_snake(std::string_view name) {
  std::string out;
  for (const char c : name) {
    out += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return out;
}

/// Whether the argument of that number is there and can be the value of a switch.
bool is_truth_value(const std::vector<std::string>& arguments, std::size_t number) {
  if (number >= arguments.size()) return false;
  const auto& text = arguments[number];
  return text == "true" || text == "false" || text == "1" || text == "0";
}

struct Unit {
  std::string_view suffix;
  std::int64_t milliseconds;
};
constexpr std::array kUnits = {Unit{"ms", 1}, Unit{"s", 1000}, Unit{"m", 60'000},
                               Unit{"h", 3'600'000}};

}  // namespace

Options::Options(std::string service)
    : service_(std::move(service)), prefix_("CONFAB_" + upper_snake(service_) + "_") {}

void Options::declare_file(std::string name, std::function<bool(std::string_view)> read) {
  declare({name + "-file", "file that holds " + name, "", false, false,
           [read = std::move(read)](std::string_view path) {
             const auto content = read_all(std::string(path));
             return content.has_value() && read(trim(*content));
           },
           [] { return std::string(); }});
}

Result<Invocation> Options::load(const Input& input) {
  std::string file;
  if (const auto found = input.environment.find(variable("config"));
      found != input.environment.end()) {
    file = found->second;
  }
  for (std::size_t i = 0; i < input.arguments.size(); ++i) {
    const std::string_view argument = input.arguments[i];
    if (argument.starts_with("--config=")) file = argument.substr(9);
    if (argument == "--config" && i + 1 < input.arguments.size()) file = input.arguments[i + 1];
  }
  if (!file.empty()) {
    if (auto read = read_file(file); !read) return read.error();
  }
  if (auto read = read_environment(input); !read) return read.error();
  return read_arguments(input);
}

Result<> Options::set(std::string_view name, std::string_view value, const std::string& origin) {
  const auto found = std::find_if(options_.begin(), options_.end(),
                                  [&](const Option& option) { return option.name == name; });
  if (found == options_.end()) return bad("unknown option " + origin + "; see --help");
  if (found->read(value)) return {};
  const auto shown = found->secret ? std::string("(hidden)") : "\"" + std::string(value) + "\"";
  return bad(origin + " has a bad value: " + shown + "; it means: " + found->help);
}

Result<> Options::read_file(const std::string& path) {
  const auto content = read_all(path);
  if (!content) return content.error();
  std::istringstream lines(*content);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    const auto text = trim(line);
    if (text.empty() || text.front() == '#') continue;
    const auto equals = text.find('=');
    const auto where = path + ":" + std::to_string(number);
    if (equals == std::string_view::npos) return bad(where + " is no \"key = value\" line");
    const auto name = trim(text.substr(0, equals));
    const auto done =
        set(name, trim(text.substr(equals + 1)), std::string(name) + " (" + where + ")");
    if (!done) return done;
  }
  return {};
}

Result<> Options::read_environment(const Input& input) {
  for (const auto& [key, value] : input.environment) {
    if (!key.starts_with(prefix_) || key == variable("config")) continue;
    std::string name;
    for (const char c : key.substr(prefix_.size())) {
      name += c == '_' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    if (auto done = set(name, value, key); !done) return done;
  }
  return {};
}

Result<Invocation> Options::read_arguments(const Input& input) {
  Invocation invocation;
  for (std::size_t i = 0; i < input.arguments.size(); ++i) {
    const std::string_view argument = input.arguments[i];
    if (!argument.starts_with("--")) {
      if (!invocation.command.empty() || argument.starts_with("-")) {
        return bad("unexpected argument \"" + std::string(argument) + "\"; see --help");
      }
      invocation.command = argument;
      continue;
    }
    const auto equals = argument.find('=');
    const auto name = argument.substr(2, equals == argument.npos ? equals : equals - 2);
    bool* const wish = name == "help"           ? &invocation.help
                       : name == "version"      ? &invocation.version
                       : name == "check-config" ? &invocation.check_config
                       : name == "print-config" ? &invocation.print_config
                                                : nullptr;
    if (wish != nullptr && equals == argument.npos) {
      *wish = true;
      continue;
    }
    std::string value;
    if (equals != argument.npos) {
      value = argument.substr(equals + 1);
    } else if (is_switch(name) && !is_truth_value(input.arguments, i + 1)) {
      value = "true";
    } else if (i + 1 < input.arguments.size()) {
      value = input.arguments[++i];
    } else {
      return bad(std::string(argument) + " needs a value; see --help");
    }
    if (name == "config") continue;
    if (auto done = set(name, value, "--" + std::string(name)); !done) return done.error();
  }
  return invocation;
}

bool Options::is_switch(std::string_view name) const {
  return std::any_of(options_.begin(), options_.end(),
                     [&](const Option& option) { return option.name == name && option.is_switch; });
}

std::string Options::variable(std::string_view name) const { return prefix_ + upper_snake(name); }

std::string Options::help() const {
  std::string out;
  for (const auto& option : options_) {
    out += "  --" + option.name + "  (" + variable(option.name) + ")\n      " + option.help;
    if (!option.default_text.empty()) out += "  [" + option.default_text + "]";
    out += '\n';
  }
  return out + "  --config FILE  (" + variable("config") +
         ")\n      options as \"key = value\" lines; the environment and flags win over it\n"
         "  --print-config  print the values in force, secrets masked, and exit\n"
         "  --check-config  exit 0 when the configuration is good, else name what is not\n"
         "  --version, --help\n";
}

std::string Options::print() const {
  std::string out;
  for (const auto& option : options_) {
    if (option.name.ends_with("-file")) continue;
    out += option.name + " = " + option.write() + "\n";
  }
  return out;
}

bool Options::read_value(std::string_view text, std::string& field) {
  field = text;
  return true;
}

bool Options::read_value(std::string_view text, bool& field) {
  field = text == "true" || text == "1";
  return field || text == "false" || text == "0";
}

bool Options::read_value(std::string_view text, std::vector<std::string>& field) {
  field.clear();
  while (!text.empty()) {
    const auto comma = text.find(',');
    const auto item = trim(text.substr(0, comma));
    if (item.empty()) return false;
    field.emplace_back(item);
    text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
  }
  return true;
}

bool Options::read_value(std::string_view text, std::chrono::milliseconds& field) {
  std::int64_t count = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, count);
  if (error != std::errc() || count < 0 || count > 1'000'000'000) return false;
  const std::string_view suffix(stop, static_cast<std::size_t>(end - stop));
  for (const auto& unit : kUnits) {
    if (suffix == unit.suffix) {
      field = std::chrono::milliseconds(count * unit.milliseconds);
      return true;
    }
  }
  return false;
}

bool Options::read_value(std::string_view text, Rate& field) {
  if (text == "0") {
    field = {};
    return true;
  }
  const auto slash = text.find('/');
  Rate rate;
  if (slash == std::string_view::npos || !read_value(text.substr(0, slash), rate.count) ||
      !read_value(text.substr(slash + 1), rate.period)) {
    return false;
  }
  constexpr std::uint32_t kMost = 1'000'000;
  if (rate.count == 0 || rate.count > kMost || rate.period.count() == 0) return false;
  field = rate;
  return true;
}

std::string Options::write_value(const std::vector<std::string>& field) {
  std::string out;
  for (const auto& item : field) out += (out.empty() ? "" : ",") + item;
  return out;
}

std::string Options::write_value(std::chrono::milliseconds field) {
  const auto* best = &kUnits.front();
  for (const auto& unit : kUnits) {
    if (field.count() != 0 && field.count() % unit.milliseconds == 0) best = &unit;
  }
  return std::to_string(field.count() / best->milliseconds) + std::string(best->suffix);
}

std::string Options::write_value(const Rate& field) {
  if (!field.limited()) return "0";
  return std::to_string(field.count) + "/" + write_value(field.period);
}

}  // namespace confab::config
