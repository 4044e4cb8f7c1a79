// A request that has ended, as those read it who take their time: names of the environ, and times
// of the day.
#pragma once

#include <cstdint>
#include <string>

#include "app/observation.h"

namespace wserve::observe {

// The difference between the clock that measures and that on the wall.
[[nodiscard]] base::Micros wall_offset(const base::Clock& clock) noexcept;

// One thread; valid as long as what it reads from.
class Record {
 public:
  Record(const app::Observation& seen, base::Micros wall) noexcept : seen_(seen), wall_(wall) {}

  [[nodiscard]] const app::Observation& seen() const noexcept { return seen_; }
  // Since 1970; -1 when it did not come so far. The number behind the last moment is the end.
  [[nodiscard]] std::int64_t time_of(std::size_t moment) const noexcept;
  // From one to the other, in microseconds; -1 when it did not come so far.
  [[nodiscard]] std::int64_t between(app::Moment from, app::Moment to) const noexcept;
  [[nodiscard]] std::int64_t until_end(app::Moment from) const noexcept;
  // As environ and fields have it; null when there is none. A NUL stands behind the value.
  [[nodiscard]] const char* find(base::ByteView key) const;

  // Who connected: a proxy, if there is one. The port is -1 where it has none, or none is known.
  [[nodiscard]] const std::string& peer() const;
  [[nodiscard]] int peer_port() const noexcept;
  // As RFC 9112 §3.2.2 has them: a target in absolute form says both.
  [[nodiscard]] base::ByteView authority() const noexcept;
  [[nodiscard]] base::ByteView path() const noexcept;
  // With its "?", if there is one.
  [[nodiscard]] base::ByteView query() const noexcept;

 private:
  [[nodiscard]] const char* find_field(base::ByteView key) const noexcept;
  [[nodiscard]] const char* number(unsigned value) const;

  const app::Observation& seen_;
  const base::Micros wall_;
  mutable std::string peer_;  // made when they are asked for
  mutable std::string client_;
  mutable std::string number_;  // the last one
};

}  // namespace wserve::observe
