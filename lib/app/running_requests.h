// The requests that threads of the application have, for whoever looks for slow ones.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"

namespace wserve::app {

// Any thread. Times are those in which somebody looked: where the whole process stands still, no
// request is slow.
class RunningRequests {
 public:
  // The place of one request; whoever has it sees to it that it has left before its end.
  class Entry {
   public:
    Entry() = default;
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;
    ~Entry() = default;

    // The whole answer is given. Only the first call counts.
    void leave() noexcept;

   private:
    friend class RunningRequests;
    RunningRequests* list_ = nullptr;  // its own thread's; null when it has left
    Entry* next_ = nullptr;            // the list's, as all that follows
    Entry* previous_ = nullptr;
    std::string name_;
    const void* request_ = nullptr;
    std::uint64_t number_ = 0;
    pid_t thread_ = 0;
    base::Millis taken_{0};
    base::Millis running_{0};
    base::Millis next_word_{0};
  };

  // A request that is slow, as it was when somebody looked.
  struct Slow {
    std::string line;               // for the log
    const void* request = nullptr;  // which it was, and may be no more
    std::uint64_t number = 0;       // that no other request has
    pid_t thread = 0;
  };

  // When a request is slow.
  explicit RunningRequests(base::Millis limit) noexcept : limit_(limit) {}
  [[nodiscard]] base::Millis limit() const noexcept { return limit_; }

  // The calling thread has taken `request` now. `name` is fit for a log.
  void enter(Entry& entry, const void* request, std::string name, base::Millis now) noexcept;

  // To be called several times within the limit. Each request that has run for the limit, and for
  // twice as long, and so on, since the last call.
  [[nodiscard]] std::vector<Slow> take_slow(base::Millis now);
  // Whether the request of that number has not left.
  [[nodiscard]] bool has(std::uint64_t number) noexcept;

 private:
  void remove(Entry& entry) noexcept;

  const base::Millis limit_;
  base::Mutex mutex_;
  Entry* first_ GUARDED_BY(mutex_) = nullptr;
  std::uint64_t entered_ GUARDED_BY(mutex_) = 0;  // so far
  base::Millis last_look_ GUARDED_BY(mutex_){0};
};

// "has been running for 2.500 s"
[[nodiscard]] std::string seconds_text(base::Millis time);
// How long it may take until there is another word about what takes so long.
[[nodiscard]] base::Millis next_word_behind(base::Millis word, base::Millis running) noexcept;

}  // namespace wserve::app
