// Finds the undecoded path from its end: nothing has to remember what was taken off its front.
#include "gateway/raw_path.h"

#include <algorithm>
#include <optional>

#include "http/target.h"

namespace wserve::gateway {

namespace {

using base::ByteView;

// The target was checked: "%" always begins an escape, so three bytes from the end on are one
// exactly when they begin with it.
char take_last(ByteView& raw) noexcept {
  const std::size_t size = raw.size();
  if (size >= 3 && raw[size - 3] == '%') {
    const int byte = base::hex_value(raw[size - 2]) * 16 + base::hex_value(raw[size - 1]);
    raw.remove_suffix(3);
    return static_cast<char>(byte);
  }
  const char byte = raw.back();
  raw.remove_suffix(1);
  return byte;
}

// Where in `raw` the tail begins that decodes to `path`.
std::optional<std::size_t> find_tail(ByteView raw, ByteView path) noexcept {
  while (!path.empty()) {
    if (raw.empty() || take_last(raw) != path.back()) {
      return std::nullopt;
    }
    path.remove_suffix(1);
  }
  return raw.size();
}

ByteView percent_encode(ByteView path, base::Arena& arena) {
  constexpr ByteView kDigits = "0123456789ABCDEF";
  char* const begin = arena.allocate(3 * path.size() + 1);
  char* end = begin;
  for (const char c : path) {
    if (http::is_path_char(c) && c != '%') {
      *end++ = c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    *end++ = '%';
    *end++ = kDigits[byte / 16U];
    *end++ = kDigits[byte % 16U];
  }
  *end = '\0';
  return {begin, static_cast<std::size_t>(end - begin)};
}

// The first slash was escaped: a plain one takes its place, or stands before it already.
ByteView with_plain_slash(ByteView raw, std::size_t begin, base::Arena& arena) {
  if (begin > 0 && raw[begin - 1] == '/') {
    return arena.copy(raw.substr(begin - 1));
  }
  const ByteView rest = raw.substr(begin + 3);
  char* const slash = arena.allocate(rest.size() + 2);
  *slash = '/';
  *std::copy(rest.begin(), rest.end(), slash + 1) = '\0';
  return {slash, rest.size() + 1};
}

}  // namespace

ByteView raw_path_info(ByteView target, ByteView path_info, base::Arena& arena) {
  const ByteView raw = http::raw_path_of(target);
  const auto begin = find_tail(raw, path_info);
  if (!begin) {
    return percent_encode(path_info, arena);
  }
  const ByteView tail = raw.substr(*begin);
  if (tail == path_info) {
    return path_info;
  }
  return tail.starts_with("%2") && path_info.starts_with('/') ? with_plain_slash(raw, *begin, arena)
                                                              : arena.copy(tail);
}

}  // namespace wserve::gateway
