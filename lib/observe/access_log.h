// The access log: a line for each request that has ended.
#pragma once

#include <functional>
#include <string>

#include "observe/access_format.h"
#include "observe/access_target.h"

namespace wserve::observe {

// One thread, but for reopen().
class AccessLog {
 public:
  // Takes a line without its end; false when it could not.
  using Taker = std::function<bool(base::ByteView line)>;

  // Lines go to the target, unless that is empty, and to the taker, if there is one.
  base::Status open(base::ByteView target, base::ByteView format, Taker taker);

  // Kept until there are some, or flush().
  void add(const Record& record);
  // What could not be written is lost; the text says how many lines and why, and is empty when none
  // was.
  [[nodiscard]] std::string flush();

  // Async-signal-safe.
  void reopen() noexcept { target_.reopen(); }
  [[nodiscard]] bool needs_answer_fields() const noexcept { return format_.needs_answer_fields(); }

 private:
  void hand_over(base::ByteView line);
  void write();

  AccessTarget target_;
  bool has_target_ = false;
  Taker taker_;
  AccessFormat format_;
  std::string lines_;
  std::uint64_t lost_ = 0;
  base::Status why_;
};

}  // namespace wserve::observe
