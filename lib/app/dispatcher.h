// How complete requests get from the loop thread to an application thread.
#pragma once

#include "app/exchange.h"
#include "app/queue_limits.h"
#include "base/ref_counted.h"

namespace wserve::app {

class Dispatcher {
 public:
  Dispatcher() = default;
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;
  virtual ~Dispatcher() = default;

  // Before the first submit().
  virtual void set_queue_limits(const QueueLimits& limits) noexcept = 0;

  // Loop thread. The exchange is the dispatcher's from here on. Never blocks, never fails: one that
  // finds the queue full is answered with 503.
  virtual void submit(base::Ref<Exchange> exchange) noexcept = 0;

  // Loop thread, behind one or more submits: now a thread that sleeps is woken. In between it would
  // only take the processor from the loop, which has more to submit.
  virtual void hand_over() noexcept {}

  // Loop thread, a few times a second while there are connections: answers requests with 503 that
  // have waited too long, and does whatever else must be done in time.
  virtual void tick(base::Millis now) noexcept = 0;

  // Requests that wait for an application thread. Any thread.
  [[nodiscard]] virtual std::size_t waiting() const noexcept = 0;

  // For how long the request that came first has waited, or the queue has been full. Any thread.
  [[nodiscard]] virtual base::Millis behind_for() const noexcept = 0;

  // Requests that threads have taken behind another of the same connection, without submit(). Any
  // thread.
  [[nodiscard]] virtual std::uint64_t taken_pipelined() const noexcept { return 0; }

  // Its threads, by whether they have a request. Any thread.
  struct Workers {
    std::size_t busy = 0;
    std::size_t idle = 0;
  };
  [[nodiscard]] virtual Workers workers() const noexcept = 0;
};

}  // namespace wserve::app
