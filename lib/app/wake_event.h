// What a consumer's thread sleeps on.
#pragma once

#include <chrono>

#include "base/event_fd.h"
#include "base/status.h"

namespace wserve::app {

// Set or not, like an eventfd(2). set() is for any thread, also in a signal handler.
class WakeEvent {
 public:
  WakeEvent() = default;
  WakeEvent(const WakeEvent&) = delete;
  WakeEvent& operator=(const WakeEvent&) = delete;
  virtual ~WakeEvent() = default;

  virtual void set() noexcept = 0;
  virtual void clear() noexcept = 0;
  // Does not clear it. kOk when it is set; kTimeout; kInterrupted when a signal handler ran.
  [[nodiscard]] virtual base::Code wait(std::chrono::milliseconds limit) noexcept = 0;
};

// poll(2) tells a signal from an event, which a condition variable cannot, and an event loop of the
// host program can wait for it too.
class PolledEvent final : public WakeEvent {
 public:
  // kSystem when no descriptor is left.
  base::Status open() { return event_.open(); }
  // Readable while the event is set.
  [[nodiscard]] int fd() const noexcept { return event_.fd(); }

  void set() noexcept override { event_.set(); }
  void clear() noexcept override { event_.clear(); }
  [[nodiscard]] base::Code wait(std::chrono::milliseconds limit) noexcept override;

 private:
  base::EventFd event_;
};

}  // namespace wserve::app
