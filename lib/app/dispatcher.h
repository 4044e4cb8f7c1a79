// How complete requests get from the loop thread to an application thread.
#pragma once

#include "app/exchange.h"
#include "base/ref_counted.h"

namespace wserve::app {

class Dispatcher {
 public:
  Dispatcher() = default;
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;
  virtual ~Dispatcher() = default;

  // Loop thread. The exchange is the dispatcher's from here on. Never blocks, never fails.
  virtual void submit(base::Ref<Exchange> exchange) noexcept = 0;

  // Requests that wait for an application thread. Any thread.
  [[nodiscard]] virtual std::size_t waiting() const noexcept = 0;
};

}  // namespace wserve::app
