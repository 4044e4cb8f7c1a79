// Log lines that wait until the host program takes them.
#pragma once

#include <cstdint>
#include <deque>
#include <string>

#include "base/log.h"
#include "base/mutex.h"
#include "base/status.h"
#include "base/unique_fd.h"

namespace wserve::server {

// A receiver of a LogRelay, on any thread; one thread at a time takes lines.
class LogQueue {
 public:
  // Keeps so many lines; more are lost, and counted.
  explicit LogQueue(std::size_t limit) noexcept : limit_(limit) {}

  // kSystem when no descriptor is left.
  base::Status open();
  // Readable while lines are kept.
  [[nodiscard]] int fd() const noexcept { return event_.get(); }

  void push(base::Severity severity, const char* line);

  struct Line {
    base::Severity severity = base::Severity::kInfo;
    std::string text;
  };
  // False when there is none.
  [[nodiscard]] bool take(Line& line);

 private:
  void add(base::Severity severity, std::string text) REQUIRES(mutex_);

  const std::size_t limit_;
  base::UniqueFd event_;
  base::Mutex mutex_;
  std::deque<Line> lines_ GUARDED_BY(mutex_);
  std::uint64_t lost_ GUARDED_BY(mutex_) = 0;
};

}  // namespace wserve::server
