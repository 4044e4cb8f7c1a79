// Log lines that wait until the host program takes them.
#pragma once

#include <cstdint>
#include <deque>
#include <string>

#include "base/log.h"
#include "base/mutex.h"
#include "base/unique_fd.h"

namespace wserve::server {

// A receiver of a LogRelay, on any thread; one thread at a time takes lines.
class LogQueue {
 public:
  // Keeps so many lines; more are lost, and counted.
  explicit LogQueue(std::size_t limit) noexcept : limit_(limit) {}

  // Readable while lines are kept. Made by the first call, because a descriptor that processes
  // share would tell one of the other's lines. -1 when none is left.
  [[nodiscard]] int fd() noexcept;

  void push(base::Severity severity, const char* line);

  struct Line {
    base::Severity severity = base::Severity::kInfo;
    std::string text;
  };
  // False when there is none.
  [[nodiscard]] bool take(Line& line);

 private:
  void add(base::Severity severity, std::string text) REQUIRES(mutex_);
  void signal() noexcept REQUIRES(mutex_);

  const std::size_t limit_;
  base::Mutex mutex_;
  base::UniqueFd event_ GUARDED_BY(mutex_);
  std::deque<Line> lines_ GUARDED_BY(mutex_);
  std::uint64_t lost_ GUARDED_BY(mutex_) = 0;
};

}  // namespace wserve::server
