// The numbers as Prometheus and OpenMetrics read them.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "server/stat_table.h"

namespace wserve::server {

enum class MetricsFormat : std::uint8_t { kPrometheus, kOpenMetrics };

struct MetricsLabels {
  std::vector<std::pair<const char*, std::string>> build;   // of wserve_build_info
  std::vector<std::pair<const char*, std::string>> config;  // of wserve_config_info
};

[[nodiscard]] std::string metrics_text(const StatSources& sources, const MetricsLabels& labels,
                                       MetricsFormat format);

// What stands behind "Content-Type:".
[[nodiscard]] const char* metrics_type(MetricsFormat format) noexcept;

// By the field Accept: OpenMetrics for who names it.
[[nodiscard]] MetricsFormat metrics_format(base::ByteView accept) noexcept;

}  // namespace wserve::server
