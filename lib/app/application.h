// The application, as the server calls it.
#pragma once

#include "base/status.h"

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
};

}  // namespace wserve::app
