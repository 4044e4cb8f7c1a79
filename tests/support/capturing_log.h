// A log that keeps its lines for the test to read.
#pragma once

#include <string>
#include <vector>

#include "base/log.h"

namespace wserve::tests {

class CapturingLog final : public base::Log {
 public:
  [[nodiscard]] bool wants(base::Severity /*severity*/) const noexcept override { return true; }
  void write(base::Severity severity, std::string_view line) noexcept override {
    lines.emplace_back(line);
    last_severity = severity;
  }

  std::vector<std::string> lines;
  base::Severity last_severity = base::Severity::kDebug;
};

}  // namespace wserve::tests
