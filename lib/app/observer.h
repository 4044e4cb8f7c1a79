// Who is told of each request when it has ended: access log, metrics, the host program.
#pragma once

#include <vector>

#include "base/clock.h"

namespace wserve::app {

class Observation;

class Observer {
 public:
  Observer() = default;
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;
  virtual ~Observer() = default;

  // Once for each request, behind its end, whatever that was. On a loop's thread or one of the
  // application's, several at a time, and with locks held: it must not wait, and not call back.
  // What takes longer keeps a reference and does it elsewhere.
  virtual void on_end(Observation& seen) noexcept = 0;
};

// Set before the server runs, constant then. Where there is none, no clock is read.
struct Observers {
  explicit Observers(const base::Clock& its_clock) noexcept : clock(its_clock) {}

  const base::Clock& clock;
  std::vector<Observer*> all;  // each outlives the server's connections
  bool keep_heads = false;     // some of them want to know what was asked for
  bool keep_answers = false;   // and with which fields it was answered
};

}  // namespace wserve::app
