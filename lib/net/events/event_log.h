// Where libevent's own warnings go.
#pragma once

#include "base/log.h"

namespace wserve::net {

// While it lives, what libevent says on this thread goes to `log`. libevent has one callback for
// the whole process: it is set once, with the first of these, and what libevent says on other
// threads is written to standard error as before. A host program that uses libevent itself and
// sets its own callback afterwards gets all lines.
class EventLog {
 public:
  explicit EventLog(base::Log& log) noexcept;
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;
  ~EventLog();

 private:
  base::Log* const before_;
};

}  // namespace wserve::net
