// What a thread does for itself.
#pragma once

namespace wserve::base {

// Makes what the calling thread needs to throw its first exception. Where libstdc++ was loaded by
// dlopen(3) that is memory, and the process ends when there is none by then.
void prepare_to_throw() noexcept;

// False when somebody has given the calling thread another policy than the usual one of sched(7).
[[nodiscard]] bool has_usual_policy() noexcept;

// Whether the calling thread, when it wakes, may interrupt another one: for threads with the usual
// policy. One that may not (SCHED_BATCH) gets a processor that idles at once, and a busy one when
// its turn comes. Where the system does not let it, nothing changes.
void may_interrupt(bool others) noexcept;

}  // namespace wserve::base
