// Apache's codes, and some of our own.
#include "observe/access_format.h"

#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "observe/escape.h"

namespace wserve::observe {

using app::Moment;
using base::ByteView;
using base::Code;
using base::Status;

namespace {

constexpr ByteView kCommon = "%h %l %u %t \"%r\" %>s %b";
constexpr ByteView kCombined = "%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-agent}i\"";
constexpr ByteView kCodes = "ahlutrsbBDTIOmUqHVvpPiox%";
constexpr std::array<ByteView, 6> kOwn = {"cause",           "peer",        "queue_time",
                                          "first_byte_time", "answer_time", "body_time"};

ByteView text_of(const char* text) noexcept {
  return text != nullptr ? ByteView(text) : ByteView();
}

void append_number(std::string& line, std::int64_t number) {
  line += number < 0 ? std::string("-") : std::to_string(number);
}

ByteView path_of(ByteView target) noexcept {
  return target.substr(0, target.find('?'));
}

ByteView query_of(ByteView target) noexcept {
  const std::size_t at = target.find('?');
  return at == ByteView::npos ? ByteView() : target.substr(at);
}

// Readers of logs want a number: nginx has this one for clients that left without an answer.
int logged_status(const app::Observation& seen) noexcept {
  constexpr int kNoAnswer = 499;
  constexpr int kSwitched = 101;
  return seen.status() != 0                      ? seen.status()
         : seen.cause() == app::Cause::kDetached ? kSwitched
                                                 : kNoAnswer;
}

std::string request_line(const app::Observation& seen) {
  return seen.method().empty()
             ? std::string()
             : base::concat(seen.method(), ' ', seen.target(), ' ', seen.protocol());
}

// 27/Nov/2026:17:20:14 +0000
std::string common_time(std::time_t second) {
  std::tm parts{};
  ::localtime_r(&second, &parts);
  constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::array<char, 40> day{};
  std::array<char, 40> time{};
  const std::size_t day_size = std::strftime(day.data(), day.size(), "[%d/", &parts);
  const std::size_t size = std::strftime(time.data(), time.size(), "/%Y:%H:%M:%S %z]", &parts);
  return base::concat(ByteView(day.data(), day_size),
                      kMonths[static_cast<std::size_t>(parts.tm_mon)], ByteView(time.data(), size));
}

}  // namespace

std::int64_t queue_time(const Record& record) noexcept {
  const std::int64_t whole = record.between(Moment::kWhole, Moment::kTaken);
  return whole >= 0 ? whole : record.between(Moment::kHead, Moment::kTaken);
}

Status AccessFormat::parse(ByteView text, AccessFormat& format) {
  format = {};
  if (text == "json") {
    format.is_json_ = true;
    return {};
  }
  ByteView rest = text == "common" ? kCommon : text == "combined" ? kCombined : text;
  bool is_quoted = false;
  while (!rest.empty()) {
    Piece piece;
    piece.text = base::take_until(rest, '%');
    if (!base::printable(piece.text).empty() && base::printable(piece.text) != piece.text) {
      return {Code::kInvalid, "access_log_format holds a control byte"};
    }
    const auto quotes = std::count(piece.text.begin(), piece.text.end(), '"');
    is_quoted = is_quoted != (quotes % 2 != 0);
    const bool has_code = text.data() + text.size() != rest.data() || !rest.empty();
    if (!piece.text.empty()) {
      format.pieces_.push_back(piece);
    }
    if (!has_code || rest.empty()) {
      break;
    }
    Piece code;
    code.is_quoted = is_quoted;
    if (Status taken = take_code(rest, code); !taken.is_ok()) {
      return taken;
    }
    format.needs_answer_fields_ = format.needs_answer_fields_ || code.code == 'o';
    format.pieces_.push_back(std::move(code));
  }
  return format.pieces_.empty() ? Status(Code::kInvalid, "access_log_format is empty") : Status();
}

// Behind the "%".
Status AccessFormat::take_code(ByteView& rest, Piece& piece) {
  const ByteView shown = rest.substr(0, 20);
  if (rest.starts_with('{')) {
    rest.remove_prefix(1);
    piece.text = base::take_until(rest, '}');
  }
  if (rest.starts_with('>')) {
    rest.remove_prefix(1);
  }
  const char code = rest.empty() ? '\0' : rest.front();
  rest.remove_prefix(std::min<std::size_t>(rest.size(), 1));
  const bool needs_name = code == 'i' || code == 'o' || code == 'x';
  const bool is_known =
      code != '\0' && kCodes.find(code) != ByteView::npos && (!needs_name || !piece.text.empty()) &&
      (code != 'x' || std::find(kOwn.begin(), kOwn.end(), piece.text) != kOwn.end());
  if (!is_known) {
    return {Code::kInvalid,
            base::concat("access_log_format has no code \"%", base::printable(shown), "\"")};
  }
  piece.code = code;
  return {};
}

void AccessFormat::append(std::string& lines, const Record& record) {
  if (is_json_) {
    append_json_record(lines, record);
    return;
  }
  for (const Piece& piece : pieces_) {
    append_piece(lines, piece, record);
  }
  lines += '\n';
}

void AccessFormat::append_piece(std::string& line, const Piece& piece, const Record& record) {
  const app::Observation& seen = record.seen();
  const auto text = [&](ByteView value) { append_escaped(line, value, piece.is_quoted); };
  switch (piece.code) {
    case 0:
      line += piece.text;
      break;
    case 'a':
    case 'h':
      text(piece.text == "c" ? ByteView(record.peer()) : text_of(record.find("REMOTE_ADDR")));
      break;
    case 'l':
      line += '-';
      break;
    case 'u':
      text(seen.user());
      break;
    case 't':
      append_time(line, piece, record);
      break;
    case 'r':
      text(request_line(seen));
      break;
    case 's':
      line += std::to_string(logged_status(seen));
      break;
    case 'b':
      append_number(
          line, seen.body_bytes_out() == 0 ? -1 : static_cast<std::int64_t>(seen.body_bytes_out()));
      break;
    case 'B':
      line += std::to_string(seen.body_bytes_out());
      break;
    case 'I':
      line += std::to_string(seen.bytes_in());
      break;
    case 'O':
      line += std::to_string(seen.bytes_out());
      break;
    case 'D':
      append_number(line, record.until_end(Moment::kBegun));
      break;
    case 'T': {
      const std::int64_t unit = piece.text == "us" ? 1 : piece.text == "ms" ? 1'000 : 1'000'000;
      append_number(line, record.until_end(Moment::kBegun) / unit);
      break;
    }
    case 'm':
      text(seen.method());
      break;
    case 'U':
      text(path_of(seen.target()));
      break;
    case 'q':
      if (const ByteView query = query_of(seen.target()); !query.empty()) {
        text(query);
      }
      break;
    case 'H':
      text(seen.protocol());
      break;
    case 'V':
    case 'v':
      text(seen.field("Host"));
      break;
    case 'p':
      text(text_of(record.find(piece.text == "remote" ? "REMOTE_PORT" : "SERVER_PORT")));
      break;
    case 'P':
      line += std::to_string(::getpid());
      break;
    case 'i':
      text(seen.field(piece.text));
      break;
    case 'o':
      text(seen.answer_field(piece.text));
      break;
    case 'x':
      append_own(line, piece, record);
      break;
    default:
      line += '%';
      break;
  }
}

void AccessFormat::append_time(std::string& line, const Piece& piece, const Record& record) {
  const std::int64_t begun = record.time_of(static_cast<std::size_t>(Moment::kBegun));
  if (piece.text == "usec" || piece.text == "msec" || piece.text == "sec") {
    line += std::to_string(begun / (piece.text == "usec"   ? 1
                                    : piece.text == "msec" ? 1'000
                                                           : 1'000'000));
    return;
  }
  const auto second = static_cast<std::time_t>(begun / 1'000'000);
  if (second != told_second_) {
    told_time_ = common_time(second);
    told_second_ = second;
  }
  line += told_time_;
}

void AccessFormat::append_own(std::string& line, const Piece& piece, const Record& record) {
  if (piece.text == "cause") {
    line += app::cause_name(static_cast<std::size_t>(record.seen().cause()));
  } else if (piece.text == "peer") {
    append_escaped(line, record.peer(), piece.is_quoted);
  } else if (piece.text == "queue_time") {
    append_number(line, queue_time(record));
  } else if (piece.text == "first_byte_time") {
    append_number(line, record.between(Moment::kHead, Moment::kFirstByte));
  } else if (piece.text == "body_time") {
    append_number(line, record.between(Moment::kHead, Moment::kWhole));
  } else {
    append_number(line, record.until_end(Moment::kTaken));
  }
}

}  // namespace wserve::observe
