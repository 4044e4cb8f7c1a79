// The one way into an event loop from other threads.
#pragma once

#include <atomic>
#include <thread>
#include <vector>

#include "app/response_sink.h"
#include "base/event_fd.h"
#include "base/mutex.h"
#include "base/ref_counted.h"
#include "base/status.h"
#include "base/unique_fd.h"
#include "gateway/endpoint.h"

namespace wserve::net {

// A sink whose connection a loop has: the loop does for it what needs its thread.
class LoopSink : public app::ResponseSink {
 public:
  // It was queued. On the thread of the loop.
  virtual void run_on_loop() noexcept = 0;

 protected:
  virtual ~LoopSink() = default;

 private:
  friend class LoopWaker;
  // The waker's lock guards these.
  LoopSink* next_queued_ = nullptr;
  bool is_queued_ = false;
};

// A connection that was accepted elsewhere.
struct Arrival {
  base::UniqueFd socket;
  gateway::Endpoint endpoint;
};

// Outlives its loop as long as a sink refers to it; calls after close() do nothing.
class LoopWaker final : public base::RefCounted<LoopWaker> {
 public:
  [[nodiscard]] static base::Ref<LoopWaker> make();

  // kSystem when no descriptor is left.
  base::Status open() { return event_.open(); }

  // Wakes the loop. Any thread, also in a signal handler.
  void notify() noexcept { event_.set(); }

  // Asks the loop to look after a sink. Any thread.
  void enqueue(LoopSink& sink) noexcept;

  // Hands a connection to the loop. False when that has ended; then the socket stays where it is.
  // Any thread. Throws std::bad_alloc.
  [[nodiscard]] bool bring(base::UniqueFd& socket, const gateway::Endpoint& endpoint);

  // True on the thread that turns the loop.
  [[nodiscard]] bool is_loop_thread() const noexcept {
    return loop_thread_.load(std::memory_order_relaxed) == std::this_thread::get_id();
  }

  // -- the loop thread

  [[nodiscard]] int fd() const noexcept { return event_.fd(); }
  void enter() noexcept { loop_thread_.store(std::this_thread::get_id()); }
  // Not readable until the next notify().
  void drain() noexcept { event_.clear(); }
  // The next sink that waits to be looked after, null when there is none.
  [[nodiscard]] base::Ref<LoopSink> next_queued() noexcept;
  // Those that were brought since the last call.
  [[nodiscard]] std::vector<Arrival> take_arrivals() noexcept;
  void close() noexcept;

  void last_released() noexcept { delete this; }  // NOLINT(cppcoreguidelines-owning-memory)

 private:
  LoopWaker() = default;
  ~LoopWaker() = default;

  base::EventFd event_;
  std::atomic<std::thread::id> loop_thread_{};

  base::Mutex mutex_;
  LoopSink* first_ GUARDED_BY(mutex_) = nullptr;  // each holds a reference on itself
  LoopSink* last_ GUARDED_BY(mutex_) = nullptr;
  std::vector<Arrival> arrivals_ GUARDED_BY(mutex_);
  bool is_closed_ GUARDED_BY(mutex_) = false;
};

}  // namespace wserve::net
