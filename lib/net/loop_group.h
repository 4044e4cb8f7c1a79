// The event loops of one server, each for a thread of its own.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <memory>
#include <vector>

#include "net/loop.h"

namespace wserve::net {

// Loops share listeners, dispatcher and settings; a connection belongs to the loop that accepted
// it. Opened by one thread; then each loop is for one thread, notify() and requests() for any.
class LoopGroup {
 public:
  LoopGroup() = default;
  LoopGroup(const LoopGroup&) = delete;
  LoopGroup& operator=(const LoopGroup&) = delete;
  ~LoopGroup();

  // All or nothing; in the process that will turn the loops.
  base::Status open(unsigned count, const LoopTools& tools);

  [[nodiscard]] unsigned size() const noexcept { return static_cast<unsigned>(slots_.size()); }

  // One turn of a loop, see Loop::turn(). False when it has stopped.
  [[nodiscard]] bool turn(unsigned index, base::Millis limit) noexcept;

  // See Loop::open_descriptor(). -1 where a loop's own thread turns it, and before open().
  [[nodiscard]] int descriptor() const noexcept { return descriptor_.get(); }

  // The loop ends, turned or not. True for the last that does.
  [[nodiscard]] bool leave(unsigned index) noexcept;

  // A connection for one of the loops, in turn; as LoopWaker::bring(). Any thread.
  [[nodiscard]] bool bring(base::UniqueFd& socket, const gateway::Endpoint& endpoint);

  // Makes every loop look at the stop request, or just return from turn(). Also in a signal
  // handler.
  void notify() noexcept;

  // By how much the loop that is latest was late, see LoopStats.
  [[nodiscard]] base::Millis delay() const noexcept;

  // When a loop turns next, at the latest, see LoopStats; Millis::max() when it sleeps.
  [[nodiscard]] base::Millis due(unsigned index) const noexcept {
    return base::Millis(slots_[index]->stats.due_ms.load(std::memory_order_relaxed));
  }

  // Connections that wait for this, see LoopStats.
  [[nodiscard]] std::size_t waiting(Waiting kind) const noexcept;

  // Submitted by all loops so far.
  [[nodiscard]] std::uint64_t requests() const noexcept;

 private:
  struct LoopSlot {
    std::unique_ptr<Loop> loop;  // null once it has ended
    base::Ref<LoopWaker> waker;
    LoopStats stats;
  };
  void drop(std::unique_ptr<Loop>& loop) const noexcept;

  pid_t process_ = 0;  // that opened them
  std::vector<std::unique_ptr<LoopSlot>> slots_;
  base::UniqueFd descriptor_;  // of the only one, where a host turns it; open as long as the group
  std::atomic<unsigned> left_{0};
  std::atomic<unsigned> brought_{0};
  std::atomic<bool> is_open_{false};
};

}  // namespace wserve::net
