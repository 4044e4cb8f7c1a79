// The framing rules of RFC 9112 §6, strictly: whatever two readers could understand differently is
// refused.
#include "http/framing.h"

#include <utility>

#include "base/text.h"
#include "http/field_list.h"

namespace wserve::http {

using base::equals_ignoring_case;

Verdict FramingRules::on_field(ByteView name, ByteView value) {
  switch (name.size()) {
    case 4:
      if (equals_ignoring_case(name, "host")) {
        return read_host(value);
      }
      break;
    case 6:
      if (equals_ignoring_case(name, "expect")) {
        read_expect(value);
      }
      break;
    case 10:
      if (equals_ignoring_case(name, "connection")) {
        read_connection(value);
      }
      break;
    case 12:
      if (equals_ignoring_case(name, "content-type") && std::exchange(has_content_type_, true)) {
        return Refusal{400, "Duplicate header: Content-Type"};
      }
      break;
    case 14:
      if (equals_ignoring_case(name, "content-length")) {
        return read_content_length(value);
      }
      break;
    case 17:
      if (equals_ignoring_case(name, "transfer-encoding")) {
        read_transfer_encoding(value);
      }
      break;
    default:
      break;
  }
  return kFine;
}

// RFC 9112 §3.2: more than one Host, or an invalid one, is a 400.
Verdict FramingRules::read_host(ByteView value) {
  if (std::exchange(has_host_, true)) {
    return Refusal{400, "Duplicate header: Host"};
  }
  if (!is_authority(value)) {
    return Refusal{400, "Host is invalid"};
  }
  has_empty_host_ = value.empty();
  return kFine;
}

Verdict FramingRules::read_content_length(ByteView value) {
  // RFC 9112 §6.3 item 5 would let equal values pass; no client needs that.
  if (std::exchange(has_content_length_, true)) {
    return Refusal{400, "Duplicate header: Content-Length"};
  }
  const base::NumberError error = base::parse_digits(value, content_length_);
  content_length_is_valid_ = error != base::NumberError::kNotDigits;
  content_length_is_huge_ = error == base::NumberError::kTooLarge;
  return kFine;
}

void FramingRules::read_transfer_encoding(ByteView value) {
  has_transfer_encoding_ = true;
  for_each_list_item(value, [this](ByteView item) {
    ends_with_chunked_ = equals_ignoring_case(item, "chunked");
    if (ends_with_chunked_) {
      ++chunked_count_;
    } else {
      has_unknown_coding_ = true;
    }
  });
}

void FramingRules::read_connection(ByteView value) {
  for_each_list_item(value, [this](ByteView item) {
    connection_close_ = connection_close_ || equals_ignoring_case(item, "close");
    connection_keep_alive_ = connection_keep_alive_ || equals_ignoring_case(item, "keep-alive");
  });
}

void FramingRules::read_expect(ByteView value) {
  for_each_list_item(value, [this](ByteView item) {
    const bool is_continue = equals_ignoring_case(item, "100-continue");
    expects_continue_ = expects_continue_ || is_continue;
    expects_other_ = expects_other_ || !is_continue;
  });
}

Verdict FramingRules::decide(int minor_version, std::uint64_t max_body, Framing& framing) const {
  if (minor_version >= 1 && !has_host_) {
    return Refusal{400, "Host is missing"};
  }
  if (has_transfer_encoding_) {
    if (Verdict bad = check_transfer_encoding(minor_version)) {
      return bad;
    }
  }
  if (has_content_length_) {
    if (Verdict bad = check_content_length(max_body)) {
      return bad;
    }
  }
  if (minor_version >= 1 && expects_other_) {
    return Refusal{417, "Only the expectation 100-continue is known"};
  }
  framing = Framing{};
  framing.keep_alive = !connection_close_ && (minor_version >= 1 || connection_keep_alive_);
  if (has_transfer_encoding_) {
    framing.body = BodyKind::kChunked;
  } else if (content_length_ > 0) {
    framing.body = BodyKind::kLength;
    framing.length = content_length_;
  }
  // RFC 9110 §10.1.1: a 1.0 client's expectation is ignored; without a body there is nothing to
  // wait for.
  framing.expects_continue =
      minor_version >= 1 && expects_continue_ && framing.body != BodyKind::kNone;
  return kFine;
}

Verdict FramingRules::check_transfer_encoding(int minor_version) const {
  // RFC 9112 §6.1: a 1.0 message with Transfer-Encoding has faulty framing.
  if (minor_version < 1) {
    return Refusal{400, "Transfer-Encoding needs HTTP/1.1"};
  }
  // RFC 9112 §6.3 item 4: nobody can tell where the body ends.
  if (has_unknown_coding_ && !ends_with_chunked_) {
    return Refusal{400, "The last Transfer-Encoding is not chunked"};
  }
  if (has_unknown_coding_) {
    return Refusal{501, "Transfer-Encoding requested is not supported."};
  }
  if (chunked_count_ > 1) {
    return Refusal{501, "Transfer-Encoding is invalid. Multiple chunked encodings requested."};
  }
  if (chunked_count_ == 0) {
    return Refusal{400, "Transfer-Encoding is empty"};
  }
  // RFC 9112 §6.3 item 3: this ought to be handled as an error.
  if (has_content_length_) {
    return Refusal{400, "Content-Length and Transfer-Encoding exclude each other"};
  }
  return kFine;
}

Verdict FramingRules::check_content_length(std::uint64_t max_body) const {
  if (!content_length_is_valid_) {
    return Refusal{400, "Content-Length is invalid"};
  }
  if (content_length_is_huge_ || content_length_ > max_body) {
    return body_too_long(max_body);
  }
  return kFine;
}

Refusal body_too_long(std::uint64_t max_body, BodyLimit whose) {
  const char* limit =
      whose == BodyLimit::kOption ? "max_request_body_size" : "the application allows here";
  return {413, base::concat("The request body is longer than ", limit, " (", max_body, " bytes)")};
}

}  // namespace wserve::http
