// Lines that are written when a lock has been left: whoever takes them may ask what it guards.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/guard.h"
#include "base/log.h"

namespace wserve::server {

// One thread. Stands before the lock, so that it ends behind it.
class HeldLog final : public base::Log {
 public:
  explicit HeldLog(base::Log& log) noexcept : log_(log) {}
  HeldLog(const HeldLog&) = delete;
  HeldLog& operator=(const HeldLog&) = delete;
  ~HeldLog() override {
    for (const auto& [severity, line] : lines_) {
      log_.write(severity, line);
    }
  }

  [[nodiscard]] bool wants(base::Severity severity) const noexcept override {
    return log_.wants(severity);
  }
  void write(base::Severity severity, std::string_view line) noexcept override {
    static_cast<void>(base::guarded([&]() -> base::Status {
      lines_.emplace_back(severity, line);
      return {};
    }));
  }

 private:
  base::Log& log_;
  std::vector<std::pair<base::Severity, std::string>> lines_;
};

}  // namespace wserve::server
