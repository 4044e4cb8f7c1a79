// Where lines of the access log go.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/status.h"
#include "base/unique_fd.h"

namespace wserve::observe {

// "-" (standard output), "fd:N", "syslog", or a file. One thread, but for reopen().
class AccessTarget {
 public:
  // kInvalid for a text that means nothing.
  [[nodiscard]] static base::Status check(base::ByteView text);

  // kSystem when it could not be opened, kInvalid for a descriptor that is there to be read from.
  // Opens and makes nothing. A descriptor that is not open may come with the start.
  [[nodiscard]] static base::Status try_open(base::ByteView text);

  // As try_open(), but for a descriptor that is not open: kSystem.
  base::Status open(base::ByteView text);
  // The file is opened anew before the next line. Async-signal-safe.
  void reopen() noexcept { must_reopen_.store(true); }

  // Whole lines. What it does not take is lost: `lost` says how many, the status why.
  base::Status write(base::ByteView lines, std::uint64_t& lost);

 private:
  enum class Kind : std::uint8_t { kFile, kDescriptor, kSyslog };

  [[nodiscard]] base::Status open_file();
  [[nodiscard]] base::Status look_after_file();
  [[nodiscard]] base::Status send(base::ByteView& lines);
  static void send_to_syslog(base::ByteView lines);

  Kind kind_ = Kind::kFile;
  std::string path_;  // absolute: the application may call chdir()
  base::UniqueFd file_;
  int fd_ = -1;
  bool is_pipe_ = false;  // or anything else that takes only so much
  bool is_torn_ = false;  // the last line lacks its end
  std::atomic<bool> must_reopen_{false};
};

}  // namespace wserve::observe
