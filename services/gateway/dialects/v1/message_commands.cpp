#include "gateway/dialects/v1/message_commands.hpp"

#include "gateway/dialects/v1/fields.hpp"
#include "gateway/dialects/v1/render.hpp"

namespace confab::gateway::dialects {
namespace {

Result<std::string> rendered(const Result<ChangeAnswer>& answer) {
  if (!answer) return answer.error();
  return render(*answer);
}

}  // namespace

MessageCommands::Command MessageCommands::find(std::string_view name) {
  static constexpr std::pair<std::string_view, Command> kCommands[] = {
      {"edit", &MessageCommands::edit},   {"redact", &MessageCommands::redact},
      {"react", &MessageCommands::react}, {"pin", &MessageCommands::pin},
      {"pins", &MessageCommands::pins},
  };
  for (const auto& [known, command] : kCommands) {
    if (known == name) return command;
  }
  return nullptr;
}

bool MessageCommands::knows(std::string_view name) { return find(name) != nullptr; }

Task<Result<std::string>> MessageCommands::run(User user, std::string name,
                                               boost::json::object data) {
  co_return co_await (this->*find(name))(user, data);
}

Task<Result<std::string>> MessageCommands::edit(const User& user, Data data) {
  Fields fields(data);
  const auto gid = fields.required_text("room");
  const auto seq = fields.required_number("seq");
  EditDraft draft;
  draft.text = fields.required_text("text");
  const auto attributes = fields.object_json("attributes");
  if (!attributes.empty()) draft.attributes = attributes;
  draft.mentions = fields.texts("mentions");
  draft.client_msg_id = fields.text("client_msg_id");
  if (!fields.good()) co_return fields.good().error();
  co_return rendered(co_await changes_.edit(user, gid, seq, std::move(draft)));
}

Task<Result<std::string>> MessageCommands::redact(const User& user, Data data) {
  Fields fields(data);
  const auto gid = fields.required_text("room");
  const auto seq = fields.required_number("seq");
  if (!fields.good()) co_return fields.good().error();
  co_return rendered(co_await changes_.redact(user, gid, seq));
}

Task<Result<std::string>> MessageCommands::react(const User& user, Data data) {
  Fields fields(data);
  const auto gid = fields.required_text("room");
  const auto seq = fields.required_number("seq");
  React react;
  react.reaction = fields.required_text("reaction");
  react.remove = fields.flag("remove").value_or(false);
  if (!fields.good()) co_return fields.good().error();
  co_return rendered(co_await changes_.react(user, gid, seq, std::move(react)));
}

Task<Result<std::string>> MessageCommands::pin(const User& user, Data data) {
  Fields fields(data);
  const auto gid = fields.required_text("room");
  const auto seq = fields.required_number("seq");
  Pin pin;
  pin.pinned = fields.flag("pinned").value_or(true);
  if (!fields.good()) co_return fields.good().error();
  co_return rendered(co_await changes_.pin(user, gid, seq, pin));
}

Task<Result<std::string>> MessageCommands::pins(const User& user, Data data) {
  Fields fields(data);
  const auto gid = fields.required_text("room");
  if (!fields.good()) co_return fields.good().error();
  const auto pins = co_await changes_.pins(user, gid);
  if (!pins) co_return pins.error();
  co_return render(*pins);
}

}  // namespace confab::gateway::dialects
