// What became of a call: a code and, for a failure, one line for people.
#pragma once

#include <string>
#include <utility>

namespace wserve::base {

// The numbers are those of ws_status (include/wserve/status.h); a test compares them.
enum class Code : int {
  kOk = 0,
  kTimeout = 1,
  kInterrupted = 2,
  kClosed = 3,
  kInvalid = -1,
  kNoMemory = -2,
  kState = -3,
  kUnknown = -4,
  kDisconnected = -5,
  kConflict = -6,
  kSystem = -7,
  kApplication = -8,
  kInternal = -9,
  kTooBig = -10,
};

class [[nodiscard]] Status {
 public:
  Status() noexcept = default;
  // Not explicit: `return Code::kState;` is how a failure without a text is written.
  Status(Code code) noexcept : code_(code) {}  // NOLINT(google-explicit-constructor)
  Status(Code code, std::string message) noexcept : code_(code), message_(std::move(message)) {}

  [[nodiscard]] bool is_ok() const noexcept { return code_ == Code::kOk; }
  [[nodiscard]] Code code() const noexcept { return code_; }
  // One line without a line end; may be empty.
  [[nodiscard]] const std::string& message() const noexcept { return message_; }

 private:
  Code code_ = Code::kOk;
  std::string message_;
};

// kSystem with "what: reason" from an errno value.
Status system_failure(const std::string& what, int error_number);

// The reason alone, as the system words it ("No such file or directory").
[[nodiscard]] std::string system_reason(int error_number);

}  // namespace wserve::base
