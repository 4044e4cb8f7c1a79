// One event loop: its connections, its listeners and its clock, all on one thread.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <vector>

#include "app/dispatcher.h"
#include "base/clock.h"
#include "net/connection/connection.h"
#include "net/connection/connection_host.h"
#include "net/connection/loop_settings.h"
#include "net/events/event.h"
#include "net/events/ticker.h"
#include "net/listen/acceptor.h"
#include "net/listen/listeners.h"
#include "net/monitor.h"
#include "net/notify_socket.h"
#include "net/proxy_protocol/proxy_gate.h"
#include "net/rejected_clients.h"

namespace wserve::net {

// What a loop works with; all of it outlives the loop.
struct LoopTools {
  const LoopSettings& settings;
  const StopRequest& stop;
  ConnectionCounts& connection_counts;
  Listeners& listeners;
  const base::Clock& clock;
  app::Dispatcher& dispatcher;
  std::shared_ptr<const app::Service> service;
  // For those who watch; null where nobody does.
  struct {
    const Listeners* listeners = nullptr;
    MonitorPages* pages = nullptr;
  } monitor = {};
  NotifySocket* notify = nullptr;  // where one is told
};

class Loop final : private ConnectionOwner {
 public:
  // `stats` outlives the loop.
  Loop(const LoopTools& tools, LoopStats& stats);
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  ~Loop();

  // Opens the descriptors; on the thread and in the process that will turn the loop.
  base::Status open();

  // Waits for events, at most `limit` (negative: for ever), and handles them. False when the loop
  // has stopped.
  [[nodiscard]] bool turn(base::Millis limit) noexcept;

  // Gives a descriptor that is readable whenever turn() has something to do, where a host program
  // turns the loop. It may outlive the loop. kSystem when none is to be had.
  base::Status open_descriptor(base::UniqueFd& descriptor) const;

  // What it waits for, by libevent. Loop thread.
  [[nodiscard]] event_base* events() noexcept { return host_.events(); }

  // Any thread: notify() makes the loop look at the stop request, or just return from turn().
  [[nodiscard]] const base::Ref<LoopWaker>& waker() const noexcept { return host_.waker(); }

 private:
  void advance(Connection& connection) noexcept override;
  void advance_later(Connection& connection) override;
  void retire(Connection& connection) noexcept override;

  static constexpr base::Millis kTick{250};
  // By so much the clock may be late (base::SystemClock is a coarse one).
  static constexpr base::Millis kClockStep{10};
  static constexpr base::Millis kTickPeriod = kTick + kClockStep;
  // After so much has come and gone the allocator is asked to give memory back.
  static constexpr std::uint64_t kBurst = std::uint64_t{8} * 1024 * 1024;

  [[nodiscard]] base::Status begin_beating();
  static void on_beat(void* loop) noexcept;
  static void on_notified(int fd, short what, void* loop) noexcept;
  static void on_tick(void* loop) noexcept;
  static void on_turn_limit(int fd, short what, void* loop) noexcept;
  void accept(base::UniqueFd socket, const gateway::Endpoint& peer, const Listener& listener);
  void take(base::UniqueFd socket, const gateway::Endpoint& endpoint);
  void reject(base::UniqueFd socket, const gateway::Endpoint& endpoint);
  void serve_queued() noexcept;
  void take_arrivals() noexcept;
  void run_later() noexcept;
  void free_retired() noexcept;
  void adjust_tick() noexcept;
  void tick() noexcept;
  void count_delay() noexcept;
  void expect_tick(base::Millis due) noexcept {
    tick_due_ = due;
    stats_.due_ms.store(due.count(), std::memory_order_relaxed);
  }
  void enforce_limits() noexcept;
  void expire(Waiting kind) noexcept;
  void look_after_answers() noexcept;
  void look_after_streams() noexcept;
  void give_memory_back() noexcept;
  void publish_states() noexcept;
  void look_at_stop_request() noexcept;
  void begin_drain() noexcept;
  void finish_accepting() noexcept;
  void stop_accepting() noexcept;
  void cut_all() noexcept;
  void set_limits() noexcept;
  [[nodiscard]] bool is_burst_over() const noexcept {
    return tools_.service->storage.memory.has_fallen_by(kBurst);
  }
  [[nodiscard]] bool is_over() const noexcept {
    return is_draining_ && !acceptor_.is_open() && connections_.empty() && gate_.is_empty() &&
           rejected_clients_.is_empty();
  }

  [[nodiscard]] const LoopSettings& settings() const noexcept { return tools_.settings; }
  [[nodiscard]] const app::Service& service() const noexcept { return *tools_.service; }
  [[nodiscard]] LoopClock& clock() noexcept { return host_.clock(); }
  [[nodiscard]] base::Millis now() const noexcept { return host_.now(); }

  const LoopTools tools_;
  LoopStats& stats_;
  ConnectionHost host_;
  ProxyGate gate_;
  RejectedClients rejected_clients_;
  Acceptor acceptor_;
  Monitor monitor_;
  Event notified_;
  Ticker tick_;
  Event turn_limit_;
  Ticker beat_;
  unsigned beats_ = 0;  // that the service manager has had
  std::list<Connection> connections_;
  std::list<Connection> retired_;
  std::vector<Connection*> later_;
  bool is_ticking_ = false;
  base::Millis last_tick_{0};
  base::Millis tick_due_ = base::Millis::max();
  base::Millis last_cleanup_{0};
  base::Millis last_trim_{0};
  base::Millis last_published_{0};
  bool is_draining_ = false;
  base::Millis drain_ends_{0};
  base::Millis accepting_ends_{0};  // once it drains
};

}  // namespace wserve::net
