// The access log: a line for each request that has ended.
#pragma once

#include <memory>
#include <string>

#include "observe/access_format.h"
#include "observe/access_target.h"

namespace wserve::observe {

// One thread, but for reopen().
class AccessLog {
 public:
  base::Status open(base::ByteView target, base::ByteView format);

  // Kept until there are some, or flush().
  void add(const Record& record);
  // What could not be written is lost; the text says how many lines and why, and is empty when none
  // was.
  [[nodiscard]] std::string flush();

  // Async-signal-safe.
  void reopen() noexcept { target_.reopen(); }
  [[nodiscard]] bool needs_answer_fields() const noexcept { return format_.needs_answer_fields(); }

 private:
  void write();

  AccessTarget target_;
  AccessFormat format_;
  std::string lines_;
  std::uint64_t lost_ = 0;
  base::Status why_;
};

}  // namespace wserve::observe
