// Where a request's body ends and whether its connection stays: judged from the field values alone.
#pragma once

#include <cstdint>

#include "http/grammar.h"
#include "http/refusal.h"

namespace wserve::http {

enum class BodyKind : std::uint8_t { kNone, kLength, kChunked };

struct Framing {
  BodyKind body = BodyKind::kNone;
  bool keep_alive = false;        // the client will use the connection again
  bool expects_continue = false;  // it waits for "100 Continue" before the body
  std::uint64_t length = 0;       // of the body, when body is kLength
};

// Reads the fields of one head in their order, then judges.
class FramingRules {
 public:
  // Most fields are none of its business. A refusal here is final.
  [[nodiscard]] Verdict on_field(ByteView name, ByteView value);

  // There was a Host, and nothing in it.
  [[nodiscard]] bool has_empty_host() const noexcept { return has_empty_host_; }

  // `minor_version` of HTTP/1.x; a body longer than `max_body` bytes is refused here, unread.
  [[nodiscard]] Verdict decide(int minor_version, std::uint64_t max_body, Framing& framing) const;

 private:
  [[nodiscard]] Verdict read_host(ByteView value);
  [[nodiscard]] Verdict read_content_length(ByteView value);
  void read_transfer_encoding(ByteView value);
  void read_connection(ByteView value);
  void read_expect(ByteView value);
  [[nodiscard]] Verdict check_transfer_encoding(int minor_version) const;
  [[nodiscard]] Verdict check_content_length(std::uint64_t max_body) const;

  bool has_host_ = false;
  bool has_empty_host_ = false;
  bool has_content_type_ = false;
  bool has_content_length_ = false;
  bool content_length_is_valid_ = false;
  bool content_length_is_huge_ = false;
  bool has_transfer_encoding_ = false;
  bool has_unknown_coding_ = false;
  bool ends_with_chunked_ = false;
  bool connection_close_ = false;
  bool connection_keep_alive_ = false;
  bool expects_continue_ = false;
  bool expects_other_ = false;
  unsigned chunked_count_ = 0;
  std::uint64_t content_length_ = 0;
};

// Whose limit it is.
enum class BodyLimit : std::uint8_t { kOption, kApplication };

// The body has, or will have, more than `max_body` bytes.
[[nodiscard]] Refusal body_too_long(std::uint64_t max_body, BodyLimit whose = BodyLimit::kOption);

}  // namespace wserve::http
