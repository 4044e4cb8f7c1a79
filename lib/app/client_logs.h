// The log as it is for lines that clients can cause, at any rate and of any length: one for each
// kind, so that a flood of one hides nothing of the others.
#pragma once

#include <array>

#include "base/limited_log.h"

namespace wserve::app {

// Any thread.
class ClientLogs {
 public:
  ClientLogs(base::Log& log, const base::Clock& clock) noexcept
      : refusals{log, clock, "refused requests"},
        proxy_fields{log, clock, "proxy headers"},
        proxy_protocol{log, clock, "PROXY protocol"},
        sockets{log, clock, "socket errors"},
        connection_limit{log, clock, "connection limit", kNowAndThen},
        accepting{log, clock, "accepting connections", kOnce},
        observers{log, clock, "observed requests", kNowAndThen},
        failures{log, clock, "failed requests", kOfTheApplication},
        slow{log, clock, "slow requests", kWithStacks} {}

  // Says what was left out, when it is time; and at the end.
  void tick() noexcept {
    for (base::LimitedLog* log : all()) {
      log->tick();
    }
  }
  void flush() noexcept {
    for (base::LimitedLog* log : all()) {
      log->flush();
    }
  }
  [[nodiscard]] bool have_left_out() const noexcept {
    return refusals.has_left_out() || proxy_fields.has_left_out() ||
           proxy_protocol.has_left_out() || sockets.has_left_out() ||
           connection_limit.has_left_out() || accepting.has_left_out() ||
           observers.has_left_out() || failures.has_left_out() || slow.has_left_out();
  }

  base::LimitedLog refusals;
  base::LimitedLog proxy_fields;
  base::LimitedLog proxy_protocol;
  base::LimitedLog sockets;
  base::LimitedLog connection_limit;
  base::LimitedLog accepting;
  base::LimitedLog observers;  // who hear of requests too late, or cannot write
  base::LimitedLog failures;   // of the application, and of memory, while a request was answered
  base::LimitedLog slow;       // requests and loops that take long

 private:
  static constexpr base::LimitedLog::Limits kNowAndThen{.lines = 2};
  static constexpr base::LimitedLog::Limits kOnce{.lines = 1};
  // A back-trace is long, and each failure may be another.
  static constexpr base::LimitedLog::Limits kOfTheApplication{.lines = 100, .line_bytes = 65'536};
  static constexpr base::LimitedLog::Limits kWithStacks{.line_bytes = 16'384};

  [[nodiscard]] std::array<base::LimitedLog*, 9> all() noexcept {
    return {&refusals,  &proxy_fields, &proxy_protocol, &sockets, &connection_limit,
            &accepting, &observers,    &failures,       &slow};
  }
};

}  // namespace wserve::app
