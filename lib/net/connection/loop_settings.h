// How an event loop treats its connections; constant while it runs, but for what is tunable.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <limits>

#include "base/clock.h"
#include "base/tunable.h"
#include "net/connection/outbox.h"
#include "net/connection/per_address_limit.h"
#include "net/events/deadlines.h"

namespace wserve::net {

struct LoopSettings {
  OutboxLimits outbox;
  std::size_t recv_bytes = 8192;                          // asked for in one read
  base::Tunable<unsigned> connection_limit = 1000;        // of all loops together
  base::Tunable<std::size_t> proxy_header_bytes = 16384;  // the longest PROXY protocol header
  unsigned backlog = 1024;                                // of each listener
  base::Tunable<unsigned> request_limit = 0;              // of one connection; 0: none
  bool shares_listeners = false;                          // with other loops
  bool is_turned_by_host = false;                         // which waits on the loop's descriptor
  bool runs_inline = false;                               // answers are made on the loop thread
  bool hands_over_pipelined = false;                      // to a thread that asks for them
  base::Tunable<bool> log_socket_errors = true;

  // Bytes a second, over each body_limit and write_limit. 0: no limit, here and below.
  base::Tunable<std::uint64_t> body_min_rate = 500;
  base::Tunable<std::uint64_t> write_min_rate = 500;

  // A client that still sends behind the last answer may not have read it, for many send all of a
  // body first. What it sends costs less than a body that is wanted, but not without end.
  base::Millis linger_limit{30'000};
  base::Millis linger_gap{2'000};
  std::uint64_t linger_bytes = std::uint64_t{1024} * 1024 * 1024;

  base::Tunable<base::Millis> idle_limit{base::Millis(120'000)};
  base::Tunable<base::Millis> head_limit{base::Millis(30'000)};
  base::Tunable<base::Millis> body_limit{base::Millis(30'000)};
  base::Tunable<base::Millis> write_limit{base::Millis(60'000)};
  base::Tunable<base::Millis> answer_limit{base::Millis(0)};
  base::Millis cleanup_interval{30'000};
};

// Of one loop, which alone writes it; on a cache line of its own, since every request does.
struct alignas(64) LoopStats {
  std::atomic<std::uint64_t> requests{0};
  std::atomic<std::int64_t> delay_ms{0};  // of a late tick; it fades to a half in about ten seconds

  // When it turns next, at the latest, unless something keeps its thread. By the clock of the
  // server.
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
  std::atomic<std::int64_t> due_ms{kNever};

  // Connections by what they wait for, about a second old; only where somebody watches.
  std::array<std::atomic<std::size_t>, kWaitingKinds> waiting{};

  void count_request() noexcept {
    requests.store(requests.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
  // At each tick.
  void fade_delay(base::Millis delay) noexcept {
    constexpr std::int64_t kFading = 64;
    const std::int64_t known = delay_ms.load(std::memory_order_relaxed);
    const std::int64_t faded = known - (known + kFading - 1) / kFading;
    delay_ms.store(std::max<std::int64_t>(delay.count(), faded), std::memory_order_relaxed);
  }
};

// Shared by all loops of a server; touched when connections come and go.
struct ConnectionCounts {
  std::atomic<unsigned> connections{0};
  PerAddressLimit addresses;
};

// How a server is told to stop. Set from any thread, also in a signal handler; then every loop is
// woken. Once asked, the limit may only shrink.
struct StopRequest {
  std::atomic<bool> is_asked{false};
  // From the moment the loop learns of it; then open connections are cut.
  std::atomic<std::int64_t> limit_ms{31'536'000'000};
};

}  // namespace wserve::net
