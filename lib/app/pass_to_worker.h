// The end of the line for requests that workers pull: they go to whichever worker asked.
#pragma once

#include "app/exchange.h"

namespace wserve::app {

class PassToWorker final : public Application {
 public:
  base::Status handle(Exchange& exchange) override {
    exchange.pass_to_worker();
    return {};
  }
};

}  // namespace wserve::app
