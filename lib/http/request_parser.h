// Turns the bytes of a connection into one complete request, or into a refusal.
//
// No socket, no clock, no thread: bytes come in through feed(), in pieces of any size.
#pragma once

#include <cstdint>
#include <string>

#include "base/tunable.h"
#include "http/body_sink.h"
#include "http/chunk_decoder.h"
#include "http/head_parser.h"
#include "http/request.h"

namespace wserve::http {

// Constant while requests are read, but for what is tunable.
struct ParserLimits {
  // Request line and fields, blank lines before them too.
  base::Tunable<std::size_t> max_head_bytes = 262144;
  HeadLimits head;
  base::Tunable<std::uint64_t> max_body_bytes = 1073741824;
  std::uint64_t max_chunk_overhead = 1048576;  // of one body: size lines, extensions, trailers
  bool pauses_at_head = false;                 // feed() says kHead before it reads a body
};

class RequestParser {
 public:
  // kHead: the head is complete and a body follows.
  enum class Progress : std::uint8_t { kNeedsMore, kHead, kReady, kRefused };

  // Ready for the next request. `limits` must live as long as the parser reads.
  void restart(const ParserLimits& limits) noexcept;

  // Reads from the front of `input` into `request` and takes off what it read. After kReady or
  // kRefused nothing more is read until restart().
  [[nodiscard]] Progress feed(ByteView& input, Request& request);

  // After kHead, before the body. A smaller limit for it; false when it is known to be longer, and
  // refused.
  [[nodiscard]] bool limit_body(std::uint64_t max_bytes);
  // The body goes to `sink` instead, which must live as long as the parser reads; the request is
  // not touched any more, and the rest comes in through feed_body().
  void stream_to(BodySink& sink) noexcept { sink_ = &sink; }
  [[nodiscard]] Progress feed_body(ByteView& input);

  // Bytes of a body of known length that are still to come.
  [[nodiscard]] std::uint64_t body_left() const noexcept { return is_chunked_ ? 0 : body_left_; }
  // Behind a chunked body: `name: value CRLF`, line after line.
  [[nodiscard]] ByteView trailers() const noexcept {
    return is_chunked_ ? chunks_.trailers() : ByteView();
  }

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
  [[nodiscard]] Progress feed_length(ByteView& input);
  [[nodiscard]] Progress feed_chunks(ByteView& input);
  [[nodiscard]] Progress take_head(ByteView head, Request& request);
  [[nodiscard]] Progress begin_body(Request& request);
  [[nodiscard]] Progress store(ByteView data);
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
  bool is_chunked_ = false;
  base::Spool* spool_ = nullptr;  // the request's, for its body,
  BodySink* sink_ = nullptr;      // unless it goes there
  ChunkDecoder chunks_;
  Refusal refusal_;
};

}  // namespace wserve::http
