// Checks that keep an application from injecting or contradicting what the server writes.
#include "app/response_fields.h"

#include <algorithm>
#include <array>
#include <span>

#include "base/text.h"
#include "http/answer_head.h"
#include "http/field_list.h"
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

// Fields that are no lists, so that an answer has one of each (RFC 9110 §5.3): who takes the first
// and who takes the last would see different answers, and who joins them sees none that is valid.
// Content-Length is not among them: two of it are a mistake. The first three have their places.
constexpr std::array<ByteView, 18> kSingles = {"content-type",
                                               "date",
                                               "server",
                                               "age",
                                               "content-disposition",
                                               "content-location",
                                               "content-range",
                                               "etag",
                                               "expires",
                                               "last-modified",
                                               "location",
                                               "retry-after",
                                               "strict-transport-security",
                                               "access-control-allow-credentials",
                                               "access-control-allow-origin",
                                               "access-control-max-age",
                                               "refresh",
                                               "sunset"};

constexpr std::uint32_t bit(std::size_t place) noexcept {
  return std::uint32_t{1} << place;
}

constexpr std::uint64_t lengths_of(std::span<const ByteView> names) noexcept {
  std::uint64_t lengths = 0;
  for (const ByteView name : names) {
    lengths |= std::uint64_t{1} << name.size();
  }
  return lengths;
}

// The place of a name; the number of names when it is none of them. Most have another length.
template <const auto& kNames>
std::size_t find_name(ByteView name) noexcept {
  constexpr std::uint64_t kLengths = lengths_of(kNames);
  if (name.size() > 63 || (kLengths >> name.size() & 1) == 0) {
    return kNames.size();
  }
  const auto found = std::find_if(kNames.begin(), kNames.end(), [name](ByteView one) {
    return one.size() == name.size() && equals_ignoring_case(name, one);
  });
  return static_cast<std::size_t>(found - kNames.begin());
}

template <const auto& kNames>
bool is_among(ByteView name) noexcept {
  return find_name<kNames>(name) < kNames.size();
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
  return is_among<kHopByHop>(name);
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
  if (checked.is_ok() && is_among<kNoTrailers>(name)) {
    return {Code::kInvalid, base::concat(name, " must stand in the head, not in a trailer")};
  }
  return checked;
}

Status ResponseFields::add(ByteView name, ByteView value) {
  switch (name.size()) {
    case 7:
      if (may_upgrade_ && equals_ignoring_case(name, "upgrade")) {
        return add_upgrade(value);
      }
      if (equals_ignoring_case(name, "trailer")) {
        return add_trailer_names(value);
      }
      break;
    case 10:
      if (equals_ignoring_case(name, "connection")) {
        return add_connection(value);
      }
      break;
    case 14:
      if (equals_ignoring_case(name, "content-length")) {
        return set_content_length(value);
      }
      break;
    default:
      break;
  }
  if (Status checked = check_field(name, value); !checked.is_ok()) {
    return checked;
  }
  http::write_field(lines_, name, value);
  keep_single(find_name<kSingles>(name), name);
  return {};
}

Status ResponseFields::add_content_type(ByteView value) {
  if (Status checked = check_value("Content-Type", value); !checked.is_ok()) {
    return checked;
  }
  const bool is_second = has(kContentType);
  http::write_field(lines_, "Content-Type", value);
  singles_ |= bit(kContentType);
  if (is_second) {
    remove_line("Content-Type");
  }
  return {};
}

// The later field, which is there already, replaces the earlier one.
void ResponseFields::keep_single(std::size_t place, ByteView name) noexcept {
  if (place == kSingles.size()) {
    return;
  }
  if (has(place)) {
    remove_line(name);
  }
  singles_ |= bit(place);
}

// The first of this name, with its end; empty when there is none.
ByteView ResponseFields::find_line(ByteView name) const noexcept {
  ByteView lines = lines_.view();
  while (!lines.empty()) {
    const ByteView line = lines.substr(0, lines.find('\n') + 1);
    if (equals_ignoring_case(line.substr(0, line.find(':')), name)) {
      return line;
    }
    lines.remove_prefix(line.size());
  }
  return {};
}

// The first of them; false when there is none.
bool ResponseFields::remove_line(ByteView name) noexcept {
  const ByteView line = find_line(name);
  if (line.empty()) {
    return false;
  }
  lines_.erase(static_cast<std::size_t>(line.data() - lines_.view().data()), line.size());
  return true;
}

Status ResponseFields::set(ByteView name, ByteView value) {
  ResponseFields checked;
  checked.may_upgrade_ = may_upgrade_;
  if (Status good = checked.add(name, value); !good.is_ok()) {
    return good;
  }
  lines_.reserve(checked.lines().size());  // what is removed does not fail to come again
  remove(name);
  return add(name, value);
}

void ResponseFields::remove(ByteView name) noexcept {
  if (equals_ignoring_case(name, "content-length")) {
    content_length_.reset();
  } else if (equals_ignoring_case(name, "connection")) {
    wants_close_ = false;
  } else if (equals_ignoring_case(name, "trailer")) {
    announced_.clear();
  } else if (equals_ignoring_case(name, "upgrade")) {
    has_upgrade_ = false;
  }
  while (remove_line(name)) {
  }
  if (const std::size_t place = find_name<kSingles>(name); place < kSingles.size()) {
    singles_ &= ~bit(place);
  }
}

std::optional<std::string> ResponseFields::find(ByteView name) const {
  if (content_length_ && equals_ignoring_case(name, "content-length")) {
    return base::concat(*content_length_);
  }
  if (!announced_.empty() && equals_ignoring_case(name, "trailer")) {
    return announced_;
  }
  if (wants_close_ && equals_ignoring_case(name, "connection")) {
    return "close";
  }
  const ByteView line = find_line(name);
  return line.empty() ? std::nullopt
                      : std::optional(std::string(base::trim_space(line.substr(name.size() + 1))));
}

std::optional<ResponseFields::Field> ResponseFields::at(std::size_t index) const {
  ByteView lines = lines_.view();
  for (; !lines.empty(); --index) {
    ByteView line = base::take_until(lines, '\n');
    if (index == 0) {
      const ByteView name = base::take_until(line, ':');
      return Field{std::string(name), std::string(base::trim_space(line))};
    }
  }
  for (const char* name : {"Content-Length", "Trailer", "Connection"}) {
    if (auto value = find(name); value && index-- == 0) {
      return Field{name, std::move(*value)};
    }
  }
  return std::nullopt;
}

void ResponseFields::clear() noexcept {
  lines_.clear();
  announced_.clear();
  content_length_.reset();
  singles_ = 0;
  has_upgrade_ = wants_close_ = false;
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
  http::write_field(lines_, "Upgrade", value);
  has_upgrade_ = true;
  return {};
}

// RFC 9110 §7.6.1: the one option that is the application's to choose.
Status ResponseFields::add_connection(ByteView value) {
  if (!equals_ignoring_case(base::trim_blanks(value), "close")) {
    return {Code::kInvalid,
            "Connection is a hop-by-hop field; an application may send it with \"close\" alone"};
  }
  wants_close_ = true;
  return {};
}

// RFC 9110 §6.6.2.
Status ResponseFields::add_trailer_names(ByteView value) {
  Status checked = check_value("Trailer", value);
  http::for_each_list_item(value, [&checked](ByteView name) {
    checked = checked.is_ok() ? check_trailer(name, {}) : checked;
  });
  if (checked.is_ok()) {
    http::for_each_list_item(value, [this](ByteView name) { announce(name); });
  }
  return checked;
}

void ResponseFields::announce(ByteView trailer) {
  bool is_known = false;
  http::for_each_list_item(announced_, [&](ByteView name) {
    is_known = is_known || equals_ignoring_case(name, trailer);
  });
  if (!is_known) {
    announced_.reserve(announced_.size() + trailer.size() + 2);
    announced_.append(announced_.empty() ? "" : ", ").append(trailer);
  }
}

Status ResponseFields::set_content_length(ByteView text) {
  const ByteView value = base::trim_blanks(text);
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
