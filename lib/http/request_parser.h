// Turns the bytes of a connection into one complete request, or into a refusal.
//
// No socket, no clock, no thread: bytes come in through feed(), in pieces of any size.
#pragma once

#include <cstdint>
#include <string>

#include "http/chunk_decoder.h"
#include "http/head_gate.h"
#include "http/request.h"

namespace wserve::http {

struct ParserLimits {
  std::size_t max_head_bytes = 262144;  // request line and fields, blank lines before them too
  HeadLimits head;
  std::uint64_t max_body_bytes = 1073741824;
  std::uint64_t max_chunk_overhead = 1048576;  // of one body: size lines, extensions, trailers
};

class RequestParser {
 public:
  enum class Progress : std::uint8_t { kNeedsMore, kReady, kRefused };

  // Ready for the next request. `limits` must live as long as the parser reads.
  void restart(const ParserLimits& limits) noexcept;

  // Reads from the front of `input` into `request` and takes off what it read. After kReady or
  // kRefused nothing more is read until restart().
  [[nodiscard]] Progress feed(ByteView& input, Request& request);

  // Some byte of the request was seen (blank lines in front do not count, nor half of one).
  [[nodiscard]] bool has_begun() const noexcept {
    return phase_ != Phase::kHead || !(head_.empty() || head_ == "\r");
  }
  [[nodiscard]] bool is_in_body() const noexcept { return phase_ == Phase::kBody; }

  // True when the client waits for "100 Continue" and none of its body has come; at most once.
  [[nodiscard]] bool take_continue_wish(const Request& request) noexcept;

  // After kRefused. When `knows_version` is false the refused request had no usable request line.
  [[nodiscard]] const Refusal& refusal() const noexcept { return refusal_; }
  [[nodiscard]] bool knows_version() const noexcept { return knows_version_; }

 private:
  enum class Phase : std::uint8_t { kHead, kBody, kOver };

  [[nodiscard]] Progress feed_head(ByteView& input, Request& request);
  [[nodiscard]] Progress feed_partial_head(ByteView& input, Request& request);
  [[nodiscard]] Progress feed_body(ByteView& input, Request& request);
  [[nodiscard]] Progress feed_length(ByteView& input, Request& request);
  [[nodiscard]] Progress feed_chunks(ByteView& input, Request& request);
  [[nodiscard]] Progress take_head(ByteView head, Request& request);
  [[nodiscard]] Progress begin_body(Request& request);
  [[nodiscard]] Progress store(ByteView data, Request& request);
  [[nodiscard]] Progress ready() noexcept;
  [[nodiscard]] Progress refuse(Refusal refusal);
  [[nodiscard]] Progress refuse_storage(const base::Status& why);
  [[nodiscard]] Progress refuse_head_size(ByteView head);
  [[nodiscard]] bool is_line_too_long(ByteView piece) noexcept;
  void skip_blank_lines(ByteView& input) noexcept;

  const ParserLimits* limits_ = nullptr;
  Phase phase_ = Phase::kHead;
  bool knows_version_ = false;
  bool wishes_continue_ = false;
  unsigned blank_lines_ = 0;
  std::string head_;            // what came of a head that has not ended
  std::size_t line_begin_ = 0;  // of its last line
  std::uint64_t body_left_ = 0;
  ChunkDecoder chunks_;
  Refusal refusal_;
};

}  // namespace wserve::http
