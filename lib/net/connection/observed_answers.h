// The answers of one connection that somebody observes: the one that is being given, and those of
// which something waits until the system takes it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "app/observation.h"

namespace wserve::net {

// Under the outbox's lock. Bytes are counted from the first observed answer on.
class ObservedAnswers {
 public:
  // Of a connection that was accepted at this time.
  explicit ObservedAnswers(base::Micros accepted) noexcept : accepted_(accepted) {}
  [[nodiscard]] base::Micros accepted() const noexcept { return accepted_; }

  // The answer that comes next; the same one twice is one. Throws std::bad_alloc.
  void begin(base::Ref<app::Observation> seen);
  // Behind the next one so many will begin, for which there is room then. Throws std::bad_alloc.
  void expect(std::size_t more) { complete_.reserve(complete_.size() + 1 + more); }

  // So many bytes were sent, or wait behind those that do.
  void add(std::uint64_t bytes, bool is_interim) noexcept;
  // The current answer is complete.
  void finish() noexcept;
  // The current answer is given up: another text stands in its place, or, if that is empty,
  // nothing.
  void replace(int status, base::ByteView page, app::Cause cause) noexcept;
  // Nothing waits, and the application sends what follows itself.
  void detach() noexcept;

  // So many bytes wait: the answers before them have ended.
  void settle(std::uint64_t waiting) noexcept;
  // What waits will not be sent, and no more will come.
  void drop(app::Cause cause, std::uint64_t waiting) noexcept;

 private:
  struct Complete {
    base::Ref<app::Observation> seen;
    std::uint64_t begin;
    std::uint64_t end;
  };

  const base::Micros accepted_;
  base::Ref<app::Observation> current_;
  std::uint64_t begin_ = 0;  // of the current answer
  std::uint64_t added_ = 0;
  std::vector<Complete> complete_;  // in their order, with room for the current one
};

}  // namespace wserve::net
