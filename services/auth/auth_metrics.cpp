#include "auth/auth_metrics.hpp"

namespace confab::auth {

const char* name(Method method) {
  switch (method) {
    case Method::add_user:
      return "Register";
    case Method::login:
      return "Login";
    case Method::refresh:
      return "Refresh";
    case Method::logout:
      return "Logout";
    case Method::lookup_users:
      return "LookupUsers";
    case Method::list_revocations:
      return "ListRevocations";
    case Method::provision:
      return "ProvisionAccounts";
    case Method::find_user:
      return "FindUser";
    case Method::search_users:
      return "SearchUsers";
    case Method::rename:
      return "Rename";
    case Method::change_password:
      return "ChangePassword";
    case Method::delete_account:
      return "DeleteAccount";
    case Method::list_sessions:
      return "ListSessions";
    case Method::logout_all:
      return "LogoutAll";
  }
  return "";
}

}  // namespace confab::auth
