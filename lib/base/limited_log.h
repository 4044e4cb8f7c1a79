// Lines that strangers can cause: cut to a length, and so many in a period, with a count of the
// rest.
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "base/log.h"
#include "base/mutex.h"

namespace wserve::base {

// A log in front of another, for lines of one kind. Any thread; a line that is left out costs a
// lock and nothing else. The other log is called without the lock.
class LimitedLog final : public Log {
 public:
  struct Limits {
    unsigned lines = 20;  // in one period
    Millis period{10'000};
    std::size_t line_bytes = 2'000;
  };

  // `kind` names the lines in the count: "refused requests". All three outlive the log.
  LimitedLog(Log& log, const Clock& clock, const char* kind) noexcept
      : LimitedLog(log, clock, kind, Limits()) {}
  LimitedLog(Log& log, const Clock& clock, const char* kind, const Limits& limits) noexcept
      : log_(log), clock_(clock), kind_(kind), limits_(limits) {}

  [[nodiscard]] bool wants(Severity severity) const noexcept override {
    return log_.wants(severity);
  }
  void write(Severity severity, std::string_view line) noexcept override;

  // Says how many lines were left out, once their period is over; to be called now and then.
  void tick() noexcept;
  // The same at once: the server ends.
  void flush() noexcept;
  [[nodiscard]] bool has_left_out() const noexcept;

 private:
  struct Count {
    std::uint64_t lines = 0;
    Severity severity = Severity::kDebug;
  };

  // What was left out, if it is time to say so.
  [[nodiscard]] Count take_count(Millis now, bool at_once) noexcept REQUIRES(mutex_);
  void say(const Count& count) noexcept;

  Log& log_;
  const Clock& clock_;
  const char* const kind_;
  const Limits limits_;
  mutable Mutex mutex_;
  Millis period_began_ GUARDED_BY(mutex_){0};
  unsigned written_ GUARDED_BY(mutex_) = 0;  // in the period
  Count left_out_ GUARDED_BY(mutex_);
};

}  // namespace wserve::base
