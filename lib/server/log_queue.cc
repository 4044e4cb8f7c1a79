// A bounded queue of lines, with an eventfd that is readable while it holds some.
#include "server/log_queue.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include "base/text.h"

namespace wserve::server {

int LogQueue::fd() noexcept {
  base::MutexLock lock(mutex_);
  if (!event_.is_open()) {
    event_.reset(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    if (!lines_.empty()) {
      signal();
    }
  }
  return event_.get();
}

bool LogQueue::push(Line line) {
  base::MutexLock lock(mutex_);
  if (lines_.size() >= limit_) {
    return false;
  }
  add(std::move(line));
  return true;
}

void LogQueue::push_counted(base::Severity severity, const char* line) {
  base::MutexLock lock(mutex_);
  if (lines_.size() >= limit_) {
    ++lost_;
    return;
  }
  if (lost_ > 0) {
    add({.severity = base::Severity::kWarning,
         .text = base::concat(lost_, " line(s) of this log were lost: nobody took them")});
    lost_ = 0;
  }
  add({.severity = severity, .text = line});
}

void LogQueue::add(Line line) {
  lines_.push_back(std::move(line));
  signal();
}

void LogQueue::signal() noexcept {
  const std::uint64_t one = 1;
  if (event_.is_open()) {
    static_cast<void>(::write(event_.get(), &one, sizeof one));
  }
}

bool LogQueue::take(Line& line) {
  base::MutexLock lock(mutex_);
  if (lines_.empty()) {
    return false;
  }
  line = std::move(lines_.front());
  lines_.pop_front();
  if (lines_.empty() && event_.is_open()) {
    std::uint64_t count = 0;
    static_cast<void>(::read(event_.get(), &count, sizeof count));
  }
  return true;
}

}  // namespace wserve::server
