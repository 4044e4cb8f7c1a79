// Runs the application on the loop thread itself: threads = 0.
#pragma once

#include "app/dispatcher.h"

namespace wserve::app {

class InlineDispatcher final : public Dispatcher {
 public:
  explicit InlineDispatcher(Application& application) noexcept : application_(application) {}

  // Nothing ever waits.
  void set_queue_limits(const QueueLimits& /*limits*/) noexcept override {}
  void turn_away_overdue(base::Millis /*now*/) noexcept override {}

  void submit(base::Ref<Exchange> exchange) noexcept override { exchange->run(application_); }
  [[nodiscard]] std::size_t waiting() const noexcept override { return 0; }

 private:
  Application& application_;
};

}  // namespace wserve::app
