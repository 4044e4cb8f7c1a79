// Counting lines by period, and cutting them.
#include "base/limited_log.h"

#include <algorithm>
#include <utility>

#include "base/guard.h"
#include "base/text.h"

namespace wserve::base {

void LimitedLog::write(Severity severity, std::string_view line) noexcept {
  if (!log_.wants(severity)) {
    return;
  }
  const Millis now = clock_.now();
  Count before;
  {
    MutexLock lock(mutex_);
    before = take_count(now, false);
    if (now - period_began_ >= limits_.period) {
      period_began_ = now;
      written_ = 0;
    }
    if (written_ >= limits_.lines) {
      ++left_out_.lines;
      left_out_.severity = std::max(left_out_.severity, severity);
      return;
    }
    ++written_;
  }
  say(before);
  if (line.size() <= limits_.line_bytes) {
    log_.write(severity, line);
    return;
  }
  static_cast<void>(guarded([&]() -> Status {
    log_.write(severity, shortened(line, limits_.line_bytes));
    return {};
  }));
}

void LimitedLog::tick() noexcept {
  Count count;
  {
    MutexLock lock(mutex_);
    count = take_count(clock_.now(), false);
  }
  say(count);
}

void LimitedLog::flush() noexcept {
  Count count;
  {
    MutexLock lock(mutex_);
    count = take_count(clock_.now(), true);
  }
  say(count);
}

bool LimitedLog::has_left_out() const noexcept {
  MutexLock lock(mutex_);
  return left_out_.lines > 0;
}

LimitedLog::Count LimitedLog::take_count(Millis now, bool at_once) noexcept {
  const bool is_time = at_once || now - period_began_ >= limits_.period;
  return is_time ? std::exchange(left_out_, Count()) : Count();
}

void LimitedLog::say(const Count& count) noexcept {
  if (count.lines == 0) {
    return;
  }
  static_cast<void>(guarded([&]() -> Status {
    log_.write(count.severity,
               concat(kind_, ": ", count.lines, " more line(s) of this kind were left out"));
    return {};
  }));
}

}  // namespace wserve::base
