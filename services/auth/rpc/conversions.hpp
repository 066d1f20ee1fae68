#pragma once

#include "auth/domain/account.hpp"
#include "confab/auth/v1/auth.pb.h"

namespace confab::auth {

inline void fill(const User& user, v1::User& out) {
  out.set_id(user.id);
  out.set_uuid(user.uuid);
  out.set_username(user.username);
  out.set_name(user.name);
}

}  // namespace confab::auth
