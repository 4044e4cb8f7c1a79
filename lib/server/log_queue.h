// Lines that wait until the host program takes them: of the log, of the access log, of what is
// slow.
#pragma once

#include <cstdint>
#include <deque>
#include <string>

#include "base/log.h"
#include "base/mutex.h"
#include "base/unique_fd.h"

namespace wserve::server {

// Any thread pushes; one thread at a time takes lines.
class LogQueue {
 public:
  // Keeps so many lines; more are lost.
  explicit LogQueue(std::size_t limit) noexcept : limit_(limit) {}

  // Readable while lines are kept. Made by the first call, because a descriptor that processes
  // share would tell one of the other's lines. -1 when none is left.
  [[nodiscard]] int fd() noexcept;

  struct Line {
    base::Severity severity = base::Severity::kInfo;
    std::string text;
    std::int64_t thread = 0;        // of a request that is slow, as `request`
    const void* request = nullptr;  // only to be compared
  };

  // False when it is lost.
  bool push(Line line);
  // The receiver of a LogRelay: what was lost is counted in a line of its own.
  void push_counted(base::Severity severity, const char* line);
  // False when there is none.
  [[nodiscard]] bool take(Line& line);

 private:
  void add(Line line) REQUIRES(mutex_);
  void signal() noexcept REQUIRES(mutex_);

  const std::size_t limit_;
  base::Mutex mutex_;
  base::UniqueFd event_ GUARDED_BY(mutex_);
  std::deque<Line> lines_ GUARDED_BY(mutex_);
  std::uint64_t lost_ GUARDED_BY(mutex_) = 0;
};

}  // namespace wserve::server
