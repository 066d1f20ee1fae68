#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace confab::gateway {

/// The `auth` of a CONNECT as Application::on_connect() gets it, made an object whichever way the
/// client gave it: an object, a string with the JSON of one, or such a string that socket.io-client
/// took apart into {"0":"{","1":...} to add its `pid`. Empty for ""; nothing when it is neither, or
/// nested deeper than kMaxJsonDepth.
[[nodiscard]] std::optional<boost::json::object> parse_auth(std::string_view auth_json);

/// What version 3 clients give instead, the query of a namespace ("room=1&x"), as the JSON of an
/// object. The first of several values of a key counts, and what is no UTF-8 is left out.
[[nodiscard]] std::string query_as_json(std::string_view query);

}  // namespace confab::gateway
