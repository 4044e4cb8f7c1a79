// Makes names of files harmless.
#include "form/file_name.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "base/utf8.h"

namespace wserve::form {

using base::ByteView;

namespace {

// What Windows, or a shell, reads as something else.
bool is_plain(char c) noexcept {
  constexpr ByteView kOthers = "<>:\"|?*/\\$`'&;!";
  return c >= 0x20 && c < 0x7f && kOthers.find(c) == ByteView::npos;
}

// Hides a file, is an option of a command, or is lost.
bool may_not_end_it(char c) noexcept {
  return c == '.' || c == '-' || c == ' ' || c == '~';
}

// What Windows opens instead of a file, whatever ending stands behind it: CON, COM1, LPT1.
bool is_device(ByteView name) noexcept {
  constexpr std::array kDevices = {ByteView("con"), ByteView("prn"), ByteView("aux"),
                                   ByteView("nul")};
  const ByteView stem = base::trim_blanks(name.substr(0, name.find('.')));
  const auto same = [stem](ByteView device) { return base::equals_ignoring_case(stem, device); };
  const bool has_number = stem.size() == 4 && stem.back() >= '0' && stem.back() <= '9';
  const bool is_port = has_number && (base::equals_ignoring_case(stem.substr(0, 3), "com") ||
                                      base::equals_ignoring_case(stem.substr(0, 3), "lpt"));
  return is_port || std::any_of(kDevices.begin(), kDevices.end(), same);
}

// The first `size` bytes, or one less when a character of UTF-8 would be cut.
ByteView cut(ByteView text, std::size_t size) noexcept {
  const auto is_inside = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; };
  size = std::min(size, text.size());
  while (size > 0 && size < text.size() && is_inside(text[size])) {
    --size;
  }
  return text.substr(0, size);
}

// The ending stays: programs go by it.
std::string shorten(const std::string& name) {
  constexpr std::size_t kMaxEnding = 16;
  if (name.size() <= kMaxNameBytes) {
    return name;
  }
  const std::size_t dot = name.rfind('.');
  const bool has_ending = dot != std::string::npos && name.size() - dot <= kMaxEnding;
  const std::string ending = has_ending ? name.substr(dot) : std::string();
  return std::string(cut(name, kMaxNameBytes - ending.size())) + ending;
}

}  // namespace

std::string safe_file_name(ByteView name) {
  name.remove_prefix(name.find_last_of("/\\") + 1);  // npos + 1 is 0
  std::string safe;
  safe.reserve(name.size());
  while (!name.empty()) {
    const std::size_t size = base::utf8_size(name);
    const bool is_good =
        size == 1 ? is_plain(name.front())
                  : size > 1 && !base::steers(base::utf8_code_point(name.substr(0, size)));
    safe.append(is_good ? name.substr(0, size) : ByteView("_"));
    name.remove_prefix(std::max<std::size_t>(size, 1));
  }
  safe = shorten(safe);
  if (safe.empty()) {
    return "_";
  }
  if (is_device(safe)) {
    safe = "_" + safe;
  }
  for (char* end : {&safe.front(), &safe.back()}) {
    *end = may_not_end_it(*end) ? '_' : *end;
  }
  return safe;
}

}  // namespace wserve::form
