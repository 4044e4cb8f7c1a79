// The raw head, line by line.
#include "http/head_parser.h"

#include <algorithm>

#include "base/text.h"

namespace wserve::http {

namespace {

Refusal bad(const char* why) {
  return Refusal{400, why};
}

// Takes the next line, without its CRLF, off `rest`. False for a CR that is not followed by LF.
bool take_line(ByteView& rest, ByteView& line) noexcept {
  const std::size_t end = rest.find('\r');
  if (end == ByteView::npos || end + 1 >= rest.size() || rest[end + 1] != '\n') {
    return false;
  }
  line = rest.substr(0, end);
  rest.remove_prefix(end + 2);
  return true;
}

bool has_lower_case(ByteView text) noexcept {
  return std::any_of(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

Refusal bad_request_line(ByteView text) {
  return bad(text.find('\n') == ByteView::npos ? "Start line is invalid"
                                               : "Bare CR or LF found in HTTP message");
}

// "HTTP/" DIGIT "." DIGIT, byte for byte (RFC 9112 §2.3), at the end of the request line `text`.
Verdict check_version(ByteView text, ByteView version, int& minor_version) {
  const bool has_form = version.size() == 8 && version.starts_with("HTTP/") &&
                        base::is_digit(version[5]) && version[6] == '.' &&
                        base::is_digit(version[7]);
  if (!has_form) {
    return bad_request_line(text);
  }
  if (version[5] != '1') {
    return Refusal{505, "Only HTTP/1.0 and HTTP/1.1 are supported"};
  }
  minor_version = version[7] == '0' ? 0 : 1;
  return kFine;
}

// method SP request-target SP HTTP-version (RFC 9112 §3), with one SP each. What the target may
// hold is looked at when it is parsed.
Verdict check_request_line(ByteView text, Request& request) {
  ByteView rest = text;
  const ByteView method = rest.substr(0, scan_token(rest).size);
  rest.remove_prefix(method.size());
  if (method.empty() || !rest.starts_with(' ')) {
    return bad_request_line(text);
  }
  rest.remove_prefix(1);
  const ByteView target = base::take_until(rest, ' ');
  if (target.empty()) {
    return bad_request_line(text);
  }
  if (has_lower_case(method)) {
    return bad("Malformed HTTP method");
  }
  if (Verdict refused = check_version(text, rest, request.minor_version)) {
    return refused;
  }
  request.method = method;
  request.target = target;
  return kFine;
}

// Why the line at the front of `rest` is no field line.
Refusal bad_field_line(ByteView rest) {
  const std::size_t end = rest.find_first_of("\r\n");
  return bad(rest.substr(end).starts_with("\r\n") ? "Invalid header"
                                                  : "Bare CR or LF found in header line");
}

// field-name ":" OWS field-value OWS (RFC 9112 §5): no blank before the colon, nothing folded.
// Takes it, with its CRLF, off `rest`.
Verdict take_field(ByteView& rest, std::size_t max_bytes, FramingRules& rules, Request& request) {
  const auto [colon, is_plain] = scan_token(rest);
  if (colon == 0 || rest[colon] != ':') {
    return bad_field_line(rest);
  }
  const std::size_t end = colon + 1 + count_value_chars(rest.substr(colon + 1));
  if (end > max_bytes) {
    return refuse_line_size(false, max_bytes);
  }
  if (!rest.substr(end).starts_with("\r\n")) {
    return bad_field_line(rest);
  }
  const Field field{rest.substr(0, colon),
                    base::trim_blanks(rest.substr(colon + 1, end - colon - 1))};
  rest.remove_prefix(end + 2);
  if (is_plain || field.name.find('_') == ByteView::npos) {
    request.fields.push_back(field);
  }
  return rules.on_field(field.name, field.value);
}

}  // namespace

// RFC 9112 §3 wants another status for a target that is too long than RFC 6585 §5 for fields.
Refusal refuse_line_size(bool is_request_line, std::size_t max_bytes) {
  const char* which = is_request_line ? "The request line" : "A header field";
  return {is_request_line ? 414 : 431,
          base::concat(which, " exceeds max_request_header_line of ", max_bytes)};
}

Verdict parse_head(ByteView head, const HeadLimits& limits, FramingRules& rules, Request& request) {
  // As they are now: they may change meanwhile.
  const std::size_t max_line_bytes = limits.max_line_bytes;
  const std::size_t max_fields = limits.max_fields;
  ByteView text;
  if (!take_line(head, text)) {
    return bad("Bare CR or LF found in HTTP message");
  }
  if (text.size() > max_line_bytes) {
    return refuse_line_size(true, max_line_bytes);
  }
  if (Verdict refused = check_request_line(text, request)) {
    return refused;
  }
  for (std::size_t count = 0; head != "\r\n"; ++count) {
    if (count == max_fields) {
      return Refusal{431, base::concat("exceeds max_request_header_fields of ", max_fields)};
    }
    if (Verdict refused = take_field(head, max_line_bytes, rules, request)) {
      return refused;
    }
  }
  return kFine;
}

bool is_hopeless(char previous, ByteView piece) noexcept {
  for (const char c : piece) {
    const bool control = (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
    const bool line_end = c == '\r' || c == '\n';
    if ((control && !line_end) || (previous == '\r') != (c == '\n')) {
      return true;
    }
    previous = c;
  }
  return false;
}

}  // namespace wserve::http
