#include "common/metrics/metrics.hpp"

#include <prometheus/text_serializer.h>

namespace confab::metrics {
namespace {

Labels all(const Target& target, Labels labels) {
  labels.insert(target.common.begin(), target.common.end());
  return labels;
}

}  // namespace

prometheus::Counter& counter(const Target& target, const std::string& name, const std::string& help,
                             const Labels& labels) {
  return prometheus::BuildCounter()
      .Name(name)
      .Help(help)
      .Register(target.registry)
      .Add(all(target, labels));
}

prometheus::Gauge& gauge(const Target& target, const std::string& name, const std::string& help,
                         const Labels& labels) {
  return prometheus::BuildGauge()
      .Name(name)
      .Help(help)
      .Register(target.registry)
      .Add(all(target, labels));
}

prometheus::Histogram& seconds(const Target& target, const std::string& name,
                               const std::string& help, const Labels& labels) {
  const prometheus::Histogram::BucketBoundaries bounds = {
      0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10};
  return prometheus::BuildHistogram()
      .Name(name)
      .Help(help)
      .Register(target.registry)
      .Add(all(target, labels), bounds);
}

prometheus::Histogram& sizes(const Target& target, const std::string& name, const std::string& help,
                             const Labels& labels) {
  const prometheus::Histogram::BucketBoundaries bounds = {1,  2,   4,   8,   16,  32,
                                                          64, 128, 256, 512, 1024};
  return prometheus::BuildHistogram()
      .Name(name)
      .Help(help)
      .Register(target.registry)
      .Add(all(target, labels), bounds);
}

std::string exposition(const prometheus::Registry& registry) {
  return prometheus::TextSerializer().Serialize(registry.Collect());
}

}  // namespace confab::metrics
