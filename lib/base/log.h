// Where lines for the operator go. Any thread writes.
#pragma once

#include <cstdint>
#include <string_view>

namespace wserve::base {

// The numbers are those of ws_severity (include/wserve/server.h).
enum class Severity : std::uint8_t { kDebug = 0, kInfo = 1, kWarning = 2, kError = 3 };

class Log {
 public:
  Log() = default;
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  virtual ~Log() = default;

  // Whether a line of this severity is wanted: ask before building a costly text.
  [[nodiscard]] virtual bool wants(Severity severity) const noexcept = 0;

  // `line` has no line end. Never throws, never blocks for long.
  virtual void write(Severity severity, std::string_view line) noexcept = 0;
};

}  // namespace wserve::base
