// The parts of multipart/form-data, read from whatever has their bytes (RFC 2046 §5.1).
#pragma once

#include <string>

#include "base/byte_block.h"
#include "base/status.h"
#include "form/limits.h"
#include "form/part.h"

namespace wserve::form {

// Holds a part's head and a window of the body, and no more. The time is that for the bytes,
// however they arrive.
class Multipart {
 public:
  // Where the bytes come from.
  class Source {
   public:
    // `got` is 0 at the end. After a failure that may pass (kTimeout, kState) the reader can be
    // asked again.
    virtual Status read(char* to, std::size_t capacity, std::size_t& got) = 0;

   protected:
    ~Source() = default;
  };

  static constexpr std::size_t kWindow = 16 * 1024;

  // The source must outlive it.
  Multipart(Source& source, const std::string& boundary, const Limits& limits);

  // Skips what is left of a part and reads the head of the next one; kUnknown when there is none.
  Status next();
  // `got` is 0 at the end of the part.
  Status read(char* to, std::size_t capacity, std::size_t& got);
  // Null in front of the first one and behind the last.
  [[nodiscard]] const Part* part() const noexcept {
    return state_ == State::kData ? &part_ : nullptr;
  }

 private:
  enum class State : std::uint8_t {
    kPreamble,   // in front of the first delimiter
    kData,       // of a part, up to a delimiter
    kDelimiter,  // behind its boundary
    kHead,
    kBlankLine,  // behind a head
    kEpilogue,   // behind the last boundary
    kEnd
  };

  [[nodiscard]] ByteView held() const noexcept { return {buffer_.get() + begin_, end_ - begin_}; }
  Status fill();
  Status need_more();
  Status find_data();
  Status skip_data();
  Status end_delimiter();
  Status read_head();
  Status take_head(std::size_t size);
  Status end_blank_line();
  Status drain();
  Status step();
  Status keep(Status status);

  Source& source_;
  const Limits limits_;
  const std::string delimiter_;  // with the line end in front of it
  const std::size_t capacity_;
  const base::ByteBlock buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t known_ = 0;    // bytes from begin_ that are data, or have no end of a head in them
  std::size_t padding_ = 0;  // blanks behind a boundary
  std::uint64_t parts_ = 0;
  bool is_last_ = false;          // the boundary was the last one
  bool is_at_delimiter_ = false;  // it begins at begin_ + known_
  bool has_ended_ = false;        // the source has no more
  State state_ = State::kPreamble;
  Status failure_;
  Part part_;
};

}  // namespace wserve::form
