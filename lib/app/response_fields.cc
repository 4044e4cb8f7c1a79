// Checks that keep an application from injecting or contradicting what the server writes.
#include "app/response_fields.h"

#include <algorithm>
#include <array>
#include <span>

#include "base/text.h"
#include "http/grammar.h"

namespace wserve::app {

using base::ByteView;
using base::Code;
using base::equals_ignoring_case;
using base::Status;

namespace {

constexpr std::array<ByteView, 10> kHopByHop = {
    "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection",
    "te",         "trailer",    "trailers",           "transfer-encoding",   "upgrade"};

// RFC 9110 §6.5.1: what frames or describes the content, routes, authenticates or controls caches
// comes too late behind it; and who merges trailers into the head would read another message.
constexpr std::array<ByteView, 14> kNoTrailers = {"authorization",
                                                  "cache-control",
                                                  "content-encoding",
                                                  "content-length",
                                                  "content-range",
                                                  "content-type",
                                                  "expect",
                                                  "host",
                                                  "max-forwards",
                                                  "pragma",
                                                  "range",
                                                  "set-cookie",
                                                  "vary",
                                                  "www-authenticate"};

bool is_among(ByteView name, std::span<const ByteView> names) noexcept {
  return std::any_of(names.begin(), names.end(),
                     [name](ByteView one) { return equals_ignoring_case(name, one); });
}

Status check_value(ByteView name, ByteView value) {
  if (http::is_field_value(value)) {
    return {};
  }
  return {Code::kInvalid,
          base::concat("the value of ", name, " holds CR, LF, NUL or another control character")};
}

}  // namespace

bool is_hop_by_hop(ByteView name) noexcept {
  return is_among(name, kHopByHop);
}

Status check_field(ByteView name, ByteView value) {
  if (!http::is_token(name)) {
    return {Code::kInvalid, "a field name must be a token (letters, digits and !#$%&'*+-.^_`|~)"};
  }
  if (Status checked = check_value(name, value); !checked.is_ok()) {
    return checked;
  }
  if (is_hop_by_hop(name)) {
    return {Code::kInvalid,
            base::concat(name, " is a hop-by-hop field; an application must not send it")};
  }
  return {};
}

Status check_trailer(ByteView name, ByteView value) {
  Status checked = check_field(name, value);
  if (checked.is_ok() && is_among(name, kNoTrailers)) {
    return {Code::kInvalid, base::concat(name, " must stand in the head, not in a trailer")};
  }
  return checked;
}

Status ResponseFields::add(ByteView name, ByteView value) {
  if (may_upgrade_ && equals_ignoring_case(name, "upgrade")) {
    return add_upgrade(value);
  }
  if (Status checked = check_field(name, value); !checked.is_ok()) {
    return checked;
  }
  if (equals_ignoring_case(name, "content-length")) {
    return set_content_length(base::trim_blanks(value));
  }
  has_date_ = has_date_ || equals_ignoring_case(name, "date");
  has_server_ = has_server_ || equals_ignoring_case(name, "server");
  lines_.append(name).append(": ").append(value).append("\r\n");
  return {};
}

Status ResponseFields::add_content_type(ByteView value) {
  if (Status checked = check_value("Content-Type", value); !checked.is_ok()) {
    return checked;
  }
  lines_.append("Content-Type: ").append(value).append("\r\n");
  return {};
}

void ResponseFields::clear() noexcept {
  lines_.clear();
  content_length_.reset();
  has_date_ = has_server_ = has_upgrade_ = false;
  may_upgrade_ = true;
}

Status ResponseFields::permit_upgrade(bool is_permitted) {
  may_upgrade_ = is_permitted;
  if (has_upgrade_ && !is_permitted) {
    return {Code::kInvalid,
            "Upgrade is a hop-by-hop field; an application must not send it but with 426"};
  }
  return {};
}

Status ResponseFields::add_upgrade(ByteView value) {
  if (Status checked = check_value("Upgrade", value); !checked.is_ok()) {
    return checked;
  }
  has_upgrade_ = true;
  lines_.append("Upgrade: ").append(value).append("\r\n");
  return {};
}

Status ResponseFields::set_content_length(ByteView value) {
  if (content_length_) {
    return {Code::kInvalid, "Content-Length was already given"};
  }
  std::uint64_t length = 0;
  if (base::parse_digits(value, length) != base::NumberError::kNone) {
    return {Code::kInvalid,
            base::concat("Content-Length must be a number, got \"", base::printable(value), '"')};
  }
  content_length_ = length;
  return {};
}

}  // namespace wserve::app
