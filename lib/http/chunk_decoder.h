// Takes the chunked coding off a body (RFC 9112 §7.1), byte for byte strict.
#pragma once

#include <cstdint>
#include <string>

#include "http/framing.h"
#include "http/grammar.h"
#include "http/refusal.h"

namespace wserve::http {

class ChunkDecoder {
 public:
  enum class Progress : std::uint8_t { kNeedsMore, kData, kDone, kRefused };

  // Ready for the next body. Size lines, extensions and trailers may take `max_overhead` bytes more
  // than what chunks of a useful size need; a sum of chunks above `max_body` is refused.
  void restart(std::uint64_t max_body, std::uint64_t max_overhead) noexcept;

  // Before the first byte of the body: a smaller limit.
  void limit(std::uint64_t max_body) noexcept;

  // Reads from the front of `input` and takes off what it read. After kData call again; `data` is a
  // part of the input.
  [[nodiscard]] Progress decode(ByteView& input, ByteView& data);

  // After kRefused.
  [[nodiscard]] const Refusal& refusal() const noexcept { return refusal_; }

  // The trailer section, after kDone: `name: value CRLF`, line after line, and a last empty line.
  [[nodiscard]] ByteView trailers() const noexcept { return trailers_; }

 private:
  // What the next byte must be.
  enum class State : std::uint8_t {
    kSizeStart,        // first digit of a chunk size
    kSize,             // another digit, ";" or CR
    kExtensionName,    // first tchar of an extension's name
    kExtensionNameOn,  // more of it, "=", ";" or CR
    kExtensionValue,   // first byte of its value: tchar or DQUOTE
    kExtensionToken,   // more of a token value, ";" or CR
    kQuoted,           // inside a quoted value
    kQuotedPair,       // behind a backslash there
    kQuotedEnd,        // behind the closing DQUOTE: ";" or CR
    kSizeLf,           // LF that ends the size line
    kData,             // chunk data
    kDataCr,           // CR behind it
    kDataLf,           // LF behind that
    kTrailerStart,     // first byte of a trailer line, or CR of the last line
    kTrailerName,      // more of a trailer's name, or ":"
    kTrailerValue,     // its value, or CR
    kTrailerLf,        // LF that ends it
    kEndLf,            // LF of the last line
  };

  [[nodiscard]] Progress refuse(int status, const char* why);
  void pay_overhead_back() noexcept;
  [[nodiscard]] Progress take_data(ByteView& input, ByteView& data);
  [[nodiscard]] Progress step(char c);
  [[nodiscard]] Progress step_size(char c);
  [[nodiscard]] Progress step_extension(char c);
  [[nodiscard]] Progress step_line_end(char c);
  [[nodiscard]] Progress step_trailer(char c);
  [[nodiscard]] bool is_in_extension() const noexcept;
  [[nodiscard]] Progress end_size_line();

  State state_ = State::kSizeStart;
  std::uint64_t chunk_left_ = 0;
  std::uint64_t body_left_ = 0;  // before max_body
  BodyLimit limit_ = BodyLimit::kOption;
  std::uint64_t overhead_left_ = 0;  // before max_overhead
  std::uint64_t max_overhead_ = 0;
  std::uint64_t max_body_ = 0;
  std::string trailers_;
  Refusal refusal_;
};

}  // namespace wserve::http
