// What a line of the access log says.
#pragma once

#include <ctime>
#include <string>
#include <vector>

#include "base/status.h"
#include "observe/record.h"

namespace wserve::observe {

// "common", "combined", "json", or a template with the codes of Apache's LogFormat. One thread.
class AccessFormat {
 public:
  // kInvalid for a code that is none.
  [[nodiscard]] static base::Status parse(base::ByteView text, AccessFormat& format);

  // Adds a line, with its end.
  void append(std::string& lines, const Record& record);
  [[nodiscard]] bool needs_answer_fields() const noexcept { return needs_answer_fields_; }

 private:
  // A literal if `code` is 0.
  struct Piece {
    char code = 0;
    std::string text;        // the literal, or what stood in braces
    bool is_quoted = false;  // between quotes of the template
  };

  [[nodiscard]] static base::Status take_code(base::ByteView& rest, Piece& piece);
  void append_piece(std::string& line, const Piece& piece, const Record& record);
  void append_time(std::string& line, const Piece& piece, const Record& record);
  void append_own(std::string& line, const Piece& piece, const Record& record);

  bool is_json_ = false;
  bool needs_answer_fields_ = false;
  std::vector<Piece> pieces_;
  std::time_t told_second_ = -1;  // that of told_time_
  std::string told_time_;
};

// One object with the attribute names of OpenTelemetry's semantic conventions for HTTP.
void append_json_record(std::string& lines, const Record& record);

// From when it could be served to when it was taken, in microseconds; -1 when it was not.
[[nodiscard]] std::int64_t queue_time(const Record& record) noexcept;

}  // namespace wserve::observe
