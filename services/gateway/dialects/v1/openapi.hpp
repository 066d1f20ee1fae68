#pragma once

#include <string_view>

namespace confab::gateway::dialects {

/// openapi.json: what /v1/openapi.json answers.
extern const std::string_view kOpenApi;

}  // namespace confab::gateway::dialects
