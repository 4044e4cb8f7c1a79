// Checks of whole texts against the HTTP grammar; each is linear in its input.
#include "http/grammar.h"

#include <algorithm>
#include <bit>

#include "base/ip_address.h"
#include "base/word.h"

namespace wserve::http {

namespace {

using base::Word;

bool is_quoted_pair_char(char c) noexcept {
  return grammar::has(c, grammar::kValueBit);
}

bool is_host_name_char(char c) noexcept {
  return grammar::has(c, grammar::kHostBit);
}

// The high bit of each byte that is a control, HTAB too. Above the first such byte, others may have
// theirs set for nothing.
Word mark_controls(Word word) noexcept {
  const Word below_space = (word - base::repeat_byte(0x20)) & ~word;
  const Word against_delete = word ^ base::repeat_byte(0x7f);
  const Word is_delete = (against_delete - base::repeat_byte(1)) & ~against_delete;
  return (below_space | is_delete) & base::repeat_byte(0x80);
}

// The high bit of each byte that is neither a letter nor "-".
Word mark_unusual(Word word) noexcept {
  const Word high_bits = base::repeat_byte(0x80);
  const Word lower = (word | base::repeat_byte(0x20)) & ~high_bits;
  const Word from_a = lower + base::repeat_byte(0x80 - 'a');
  const Word above_z = lower + base::repeat_byte(0x80 - 'z' - 1);
  const Word against_dash = (word ^ base::repeat_byte('-')) & ~high_bits;
  const Word no_dash = against_dash + base::repeat_byte(0x7f);
  const Word no_letter = ~from_a | above_z;
  return ((no_letter & no_dash) | word) & high_bits;
}

// The first control, or the end.
const char* find_control(const char* p, const char* end) noexcept {
  for (; static_cast<std::size_t>(end - p) >= sizeof(Word); p += sizeof(Word)) {
    if (const Word marks = mark_controls(base::load_word(p)); marks != 0) {
      return p + std::countr_zero(marks) / 8;
    }
  }
  while (p != end && grammar::has(*p, grammar::kValueBit)) {
    ++p;
  }
  return p;
}

}  // namespace

bool is_token(ByteView text) noexcept {
  return !text.empty() && scan_token(text).size == text.size();
}

TokenScan scan_token(ByteView text) noexcept {
  const char* const end = text.data() + text.size();
  const char* p = text.data();
  Word marks = 0;
  while (marks == 0 && static_cast<std::size_t>(end - p) >= sizeof(Word)) {
    marks = mark_unusual(base::load_word(p));
    p += marks == 0 ? sizeof(Word) : static_cast<std::size_t>(std::countr_zero(marks)) / 8;
  }
  const char* const plain_end = p;
  while (p != end && is_token_char(*p)) {
    ++p;
  }
  return {static_cast<std::size_t>(p - text.data()), p == plain_end};
}

std::size_t count_value_chars(ByteView text) noexcept {
  const char* const end = text.data() + text.size();
  const char* p = find_control(text.data(), end);
  while (p != end && *p == '\t') {
    p = find_control(p + 1, end);
  }
  return static_cast<std::size_t>(p - text.data());
}

bool is_field_value(ByteView text) noexcept {
  return count_value_chars(text) == text.size();
}

bool is_quoted_string(ByteView text) noexcept {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') {
    return false;
  }
  const ByteView inner = text.substr(1, text.size() - 2);
  for (std::size_t i = 0; i < inner.size(); ++i) {
    if (inner[i] == '\\') {
      ++i;
      if (i == inner.size()) {
        return false;
      }
    } else if (inner[i] == '"') {
      return false;
    }
    if (!is_quoted_pair_char(inner[i])) {
      return false;
    }
  }
  return true;
}

std::string unquote(ByteView text) {
  const ByteView inner = text.substr(1, text.size() - 2);
  std::string plain;
  plain.reserve(inner.size());
  for (std::size_t i = 0; i < inner.size(); ++i) {
    if (inner[i] == '\\') {
      ++i;
    }
    plain.push_back(inner[i]);
  }
  return plain;
}

bool is_authority(ByteView text) noexcept {
  ByteView port;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == ByteView::npos) {
      return false;
    }
    const ByteView address = text.substr(1, close - 1);
    if (address.find(':') == ByteView::npos || !base::IpAddress::parse(address)) {
      return false;
    }
    port = text.substr(close + 1);
  } else {
    const std::size_t colon = text.find(':');
    const ByteView name = text.substr(0, colon);
    if (!std::all_of(name.begin(), name.end(), is_host_name_char)) {
      return false;
    }
    if (name.empty() && !text.empty()) {
      return false;
    }
    port = text.substr(name.size());
  }
  if (port.empty() || port == ":") {
    return true;
  }
  return port.front() == ':' && base::parse_port(port.substr(1)).has_value();
}

}  // namespace wserve::http
