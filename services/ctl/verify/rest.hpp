#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "ctl/verify/door.hpp"

namespace confab::ctl {

struct RestCall {
  std::string method;  ///< GET, POST, DELETE …
  std::string path;    ///< From /v1 on, with its query.
  std::string token{};
  boost::json::object body{};  ///< Empty: none.
};

/// The answer's object, empty for 204. The error has the gateway's code where it gave one;
/// unavailable when nobody answered, or not in words of a gateway.
[[nodiscard]] Task<Result<boost::json::object>> call(Network& network, const Door& door,
                                                     RestCall request);

/// The same, and again while it is told to come later, for a minute at most.
[[nodiscard]] Task<Result<boost::json::object>> call_patiently(Network& network, const Door& door,
                                                               RestCall request);

}  // namespace confab::ctl
