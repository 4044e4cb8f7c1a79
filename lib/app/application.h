// The application, as the server calls it.
#pragma once

#include <optional>

#include "base/status.h"

namespace wserve::gateway {
class Environ;
}

namespace wserve::app {

class Exchange;

class Application {
 public:
  Application() = default;
  Application(const Application&) = delete;
  Application& operator=(const Application&) = delete;
  virtual ~Application() = default;

  // Answers the exchange, or defers it. A failure, or an exception, makes it a 500. Many threads.
  virtual base::Status handle(Exchange& exchange) = 0;

  // Whether such a request's body is to be streamed; nothing: as the server's option says. Asked at
  // the head, on the loop's thread. `environ` is a copy of the exchange's, changed by what stands
  // in front of this application.
  virtual std::optional<bool> streams(Exchange& /*exchange*/, gateway::Environ& /*environ*/) {
    return std::nullopt;
  }
  // False when streams() never says anything.
  [[nodiscard]] virtual bool chooses_streams() const noexcept { return false; }
};

}  // namespace wserve::app
