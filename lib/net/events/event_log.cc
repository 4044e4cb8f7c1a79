// One callback for all servers of the process, and which of them is at work on a thread.
#include "net/events/event_log.h"

#include <atomic>
#include <cstdio>

#include "base/guard.h"
#include "base/text.h"
#include "net/events/event.h"

namespace wserve::net {

namespace {

using base::Severity;

// In the thread's own block from its start: a library that is loaded later must not need memory
// for it when there is none.
__attribute__((tls_model("initial-exec"))) constinit thread_local base::Log* log_of_thread =
    nullptr;

constinit std::atomic<bool> is_callback_set{false};

Severity severity_of(int level) noexcept {
  switch (level) {
    case EVENT_LOG_DEBUG:
      return Severity::kDebug;
    case EVENT_LOG_MSG:
      return Severity::kInfo;
    case EVENT_LOG_WARN:
      return Severity::kWarning;
    default:
      return Severity::kError;
  }
}

void on_line(int level, const char* text) noexcept {
  if (log_of_thread == nullptr) {
    static_cast<void>(std::fprintf(stderr, "[libevent] %s\n", text));
    return;
  }
  static_cast<void>(base::guarded([&]() -> base::Status {
    log_of_thread->write(severity_of(level), base::concat("libevent: ", base::printable(text)));
    return {};
  }));
}

}  // namespace

EventLog::EventLog(base::Log& log) noexcept : before_(log_of_thread) {
  log_of_thread = &log;
  if (!is_callback_set.load(std::memory_order_relaxed) && !is_callback_set.exchange(true)) {
    event_set_log_callback(on_line);
  }
}

EventLog::~EventLog() {
  log_of_thread = before_;
}

}  // namespace wserve::net
