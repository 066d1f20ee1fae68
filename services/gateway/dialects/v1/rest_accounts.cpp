#include "gateway/dialects/v1/rest_accounts.hpp"

#include "gateway/dialects/v1/fields.hpp"
#include "gateway/dialects/v1/people_render.hpp"
#include "gateway/dialects/v1/render.hpp"

namespace confab::gateway::dialects {

Task<Result<std::string>> RestAccounts::sign_up(Body body, CountedAddress address) {
  Fields fields(body);
  const auto username = fields.required_text("username");
  const auto password = fields.required_text("password");
  const auto name = fields.text("name");
  if (!fields.good()) co_return fields.good().error();
  const auto login = co_await entrance_.sign_up(username, password, name, address);
  if (!login) co_return login.error();
  co_return render(*login);
}

Task<Result<std::string>> RestAccounts::log_in(Body body, CountedAddress address) {
  Fields fields(body);
  const auto username = fields.required_text("username");
  const auto password = fields.required_text("password");
  if (!fields.good()) co_return fields.good().error();
  const auto login = co_await entrance_.log_in(username, password, address);
  if (!login) co_return login.error();
  co_return render(*login);
}

Task<Result<std::string>> RestAccounts::refresh(Body body, CountedAddress address) {
  Fields fields(body);
  const auto token = fields.required_text("refresh_token");
  if (!fields.good()) co_return fields.good().error();
  const auto login = co_await entrance_.refresh(token, address);
  if (!login) co_return login.error();
  co_return render(*login);
}

Task<Result<std::string>> RestAccounts::log_out(Identity identity, Body body) {
  Fields fields(body);
  const auto all = fields.flag("all").value_or(false);
  if (!fields.good()) co_return fields.good().error();
  Result<> done;
  if (all) {
    done = co_await people_.log_out_all(identity);
  } else {
    done = co_await accounts_.log_out(identity.session_id);
  }
  if (!done) co_return done.error();
  gate_.revoke(identity.session_id);
  co_return std::string();
}

Task<Result<std::string>> RestAccounts::change_password(Identity identity, Body body) {
  Fields fields(body);
  const auto old_password = fields.required_text("old_password");
  const auto new_password = fields.required_text("new_password");
  if (!fields.good()) co_return fields.good().error();
  const auto done =
      co_await people_.change_password(std::move(identity), old_password, new_password);
  if (!done) co_return done.error();
  co_return std::string();
}

Task<Result<std::string>> RestAccounts::delete_account(Identity identity, Body body) {
  Fields fields(body);
  const auto password = fields.required_text("password");
  const auto redact = fields.flag("redact").value_or(false);
  if (!fields.good()) co_return fields.good().error();
  const auto done = co_await people_.delete_account(std::move(identity), password, redact);
  if (!done) co_return done.error();
  co_return std::string();
}

Task<Result<std::string>> RestAccounts::sessions(Identity identity, Body /*body*/) {
  const auto current = identity.session_id;
  const auto sessions = co_await people_.sessions(std::move(identity));
  if (!sessions) co_return sessions.error();
  co_return render_sessions(*sessions, current);
}

}  // namespace confab::gateway::dialects
