// Splits and decodes request-targets.
#include "http/target.h"

#include <algorithm>

namespace wserve::http {

namespace {

Refusal bad_uri() {
  return Refusal{400, "Bad URI"};
}

// A byte of `text` must not be there.
Refusal bad_byte(ByteView text) {
  return text.find('\n') == ByteView::npos ? bad_uri()
                                           : Refusal{400, "Bare CR or LF found in HTTP message"};
}

// Undoes %XX. Returns the end of the output, null when two hexadecimal digits are missing.
char* percent_decode(ByteView text, char* out) noexcept {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      *out++ = text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? base::hex_value(text[i + 1]) : -1;
    const int low = high >= 0 ? base::hex_value(text[i + 2]) : -1;
    if (low < 0) {
      return nullptr;
    }
    *out++ = static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

// `ends_target` says that what stands behind the target also stands behind the path.
Verdict decode_path(ByteView raw, bool ends_target, base::Arena& arena, ByteView& path) {
  if (raw.find('%') == ByteView::npos) {
    path = one_leading_slash(raw);
    if (!ends_target) {
      path = arena.copy(path);
    }
    return kFine;
  }
  char* decoded = arena.allocate(raw.size() + 1);
  char* end = percent_decode(raw, decoded);
  if (end == nullptr) {
    return bad_uri();
  }
  *end = '\0';
  path = ByteView(decoded, static_cast<std::size_t>(end - decoded));
  // A C string would end there and name another resource.
  if (path.find('\0') != ByteView::npos) {
    return bad_uri();
  }
  path = one_leading_slash(path);
  return kFine;
}

// The path is what we read: only what RFC 3986 and browsers have there. The query is the
// application's: browsers send it with quotes and single "%".
Verdict parse_path_and_query(ByteView text, base::Arena& arena, Target& target) {
  const auto* const path_end = std::find_if_not(text.begin(), text.end(), is_path_char);
  const ByteView path(text.begin(), path_end);
  ByteView query = text.substr(path.size());
  const bool has_query = query.starts_with('?');
  query.remove_prefix(has_query ? 1 : 0);
  if ((!has_query && !query.empty()) || !std::all_of(query.begin(), query.end(), is_target_char)) {
    return bad_byte(text);
  }
  target.query = query;
  return decode_path(path, !has_query, arena, target.path);
}

// "http://" or "https://" in front; the rest goes to `rest`.
bool take_scheme(ByteView text, ByteView& rest) noexcept {
  const std::size_t colon = text.find("://");
  if (colon == ByteView::npos) {
    return false;
  }
  const ByteView scheme = text.substr(0, colon);
  rest = text.substr(colon + 3);
  return base::equals_ignoring_case(scheme, "http") || base::equals_ignoring_case(scheme, "https");
}

Verdict parse_absolute_form(ByteView rest, base::Arena& arena, Target& target) {
  const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
  const ByteView authority = rest.substr(0, end);
  // RFC 9110 §4.2.1: an empty host is invalid; §4.2.4: userinfo is an error.
  if (authority.empty() || !is_authority(authority)) {
    return bad_uri();
  }
  target.authority = arena.copy(authority);
  Verdict refused = parse_path_and_query(rest.substr(end), arena, target);
  if (!refused && target.path.empty()) {
    target.path = "/";
  }
  return refused;
}

}  // namespace

Verdict parse_target(ByteView method, ByteView text, base::Arena& arena, Target& target) {
  if (text.starts_with('/') && method != "CONNECT") {
    return parse_path_and_query(text, arena, target);
  }
  if (!std::all_of(text.begin(), text.end(), is_target_char)) {
    return bad_byte(text);
  }
  if (method == "CONNECT") {
    return Refusal{501, "CONNECT is not supported"};
  }
  if (text == "*" && method == "OPTIONS") {
    target.path = text;
    target.query = text.substr(1);
    return kFine;
  }
  ByteView rest;
  if (take_scheme(text, rest)) {
    return parse_absolute_form(rest, arena, target);
  }
  return bad_uri();
}

ByteView raw_authority_of(ByteView target) noexcept {
  const std::size_t colon = target.find("://");
  if (target.starts_with('/') || colon == ByteView::npos) {
    return {};
  }
  target.remove_prefix(colon + 3);
  return target.substr(0, target.find_first_of("/?"));
}

ByteView raw_path_of(ByteView target) noexcept {
  if (const ByteView authority = raw_authority_of(target); authority.data() != nullptr) {
    const auto end = static_cast<std::size_t>(authority.data() + authority.size() - target.data());
    target.remove_prefix(end);
  }
  return target.substr(0, target.find('?'));
}

}  // namespace wserve::http
