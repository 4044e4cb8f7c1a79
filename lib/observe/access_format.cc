// Reading a template, and filling it in.
#include "observe/access_format.h"

#include <algorithm>

#include "base/text.h"

namespace wserve::observe {

using base::ByteView;
using base::Code;
using base::Status;

namespace {

constexpr ByteView kCommon = "%h %l %u %t \"%r\" %>s %b";
constexpr ByteView kCombined = "%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-agent}i\"";

constexpr std::size_t kShown = 40;

Status no_format(ByteView text) {
  return {Code::kInvalid,
          base::concat("access_log_format must be common, combined, json, or a template with codes "
                       "such as %h, not \"",
                       base::printable(text.substr(0, kShown)), '"')};
}

Status no_code(ByteView shown) {
  return {Code::kInvalid,
          base::concat("access_log_format has no code such as \"%",
                       base::printable(shown.substr(0, kShown)), "\"; there are ", list_codes())};
}

}  // namespace

Status AccessFormat::parse(ByteView text, AccessFormat& format) {
  format = {};
  if (text == "json") {
    format.is_json_ = true;
    return {};
  }
  ByteView rest = text == "common" ? kCommon : text == "combined" ? kCombined : text;
  if (rest.find('%') == ByteView::npos || base::printable(rest) != rest) {
    return no_format(text);
  }
  bool is_quoted = false;
  while (!rest.empty()) {
    const ByteView literal = rest.substr(0, rest.find('%'));
    rest.remove_prefix(literal.size());
    is_quoted = is_quoted != (std::count(literal.begin(), literal.end(), '"') % 2 != 0);
    if (!literal.empty()) {
      format.pieces_.push_back({.literal = std::string(literal)});
    }
    if (Status taken = format.take_code(rest, is_quoted); !taken.is_ok()) {
      return taken;
    }
  }
  return {};
}

// From its "%" on, unless the template has ended.
Status AccessFormat::take_code(ByteView& rest, bool is_quoted) {
  if (rest.empty()) {
    return {};
  }
  rest.remove_prefix(1);
  const ByteView shown = rest;
  Piece piece;
  piece.place.is_quoted = is_quoted;
  if (rest.starts_with('{')) {
    rest.remove_prefix(1);
    piece.place.argument = base::take_until(rest, '}');
  }
  rest.remove_prefix(rest.starts_with('>') ? 1 : 0);
  if (rest.empty()) {
    return no_code(shown);
  }
  piece.append = find_code(rest.front(), piece.place.argument);
  if (piece.append == nullptr) {
    return no_code(shown);
  }
  needs_answer_fields_ = needs_answer_fields_ || rest.front() == 'o';
  rest.remove_prefix(1);
  pieces_.push_back(std::move(piece));
  return {};
}

void AccessFormat::append(std::string& lines, const Record& record) {
  if (is_json_) {
    append_json_record(lines, record);
    return;
  }
  const Told told{record, time_};
  for (const Piece& piece : pieces_) {
    if (piece.append != nullptr) {
      piece.append(lines, piece.place, told);
    } else {
      lines += piece.literal;
    }
  }
  lines += '\n';
}

}  // namespace wserve::observe
