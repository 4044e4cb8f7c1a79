// What a line of the access log says.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "observe/access_codes.h"
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
  struct Piece {
    std::string literal;
    AppendCode append = nullptr;  // null: the literal stands there
    CodePlace place = {};
  };

  [[nodiscard]] base::Status take_code(base::ByteView& rest, bool is_quoted);

  bool is_json_ = false;
  bool needs_answer_fields_ = false;
  std::vector<Piece> pieces_;
  CommonTime time_;
};

// One object with the attribute names of OpenTelemetry's semantic conventions for HTTP.
void append_json_record(std::string& lines, const Record& record);

}  // namespace wserve::observe
