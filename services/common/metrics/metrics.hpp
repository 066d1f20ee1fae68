#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <map>
#include <string>
#include <utility>

namespace confab::metrics {

using Labels = std::map<std::string, std::string>;

/// Where series go, and labels that all of them carry: those of one part of the process.
struct Target {
  // NOLINTNEXTLINE(google-explicit-constructor): mostly a registry is all there is.
  Target(prometheus::Registry& where, Labels labels = {})
      : registry(where), common(std::move(labels)) {}

  prometheus::Registry& registry;
  Labels common;
};

/// One series each, looked up once at the start; adding to it later is lock-free. Label values come
/// from closed sets, never user or room ids. Names: confab_<service>_<what>_<unit>.
prometheus::Counter& counter(const Target& target, const std::string& name, const std::string& help,
                             const Labels& labels = {});
prometheus::Gauge& gauge(const Target& target, const std::string& name, const std::string& help,
                         const Labels& labels = {});

/// Buckets from 100 microseconds to 10 seconds.
prometheus::Histogram& seconds(const Target& target, const std::string& name,
                               const std::string& help, const Labels& labels = {});
/// Buckets 1, 2, 4 ... 1024.
prometheus::Histogram& sizes(const Target& target, const std::string& name, const std::string& help,
                             const Labels& labels = {});

/// Everything in the registry in the Prometheus text format 0.0.4.
[[nodiscard]] std::string exposition(const prometheus::Registry& registry);

}  // namespace confab::metrics
