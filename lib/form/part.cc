// Reads part heads and boundaries, strictly.
#include "form/part.h"

#include <algorithm>

#include "base/text.h"
#include "form/parameters.h"
#include "http/grammar.h"

namespace wserve::form {

using Progress = ParameterReader::Progress;

namespace {

Status invalid(const char* what) {
  return {Code::kInvalid, what};
}

// Two parameters of one name are what two readers could understand differently.
Status set_once(bool& is_set, std::string& place, std::string&& value) {
  if (std::exchange(is_set, true)) {
    return invalid("a parameter of Content-Disposition comes twice");
  }
  place = std::move(value);
  return {};
}

// `filename*` and `name*` are not for forms (RFC 7578 §4.2), but some clients send the first one
// beside `filename`: they count for nothing.
Status read_disposition(ByteView text, Part& part) {
  ParameterReader reader(text);
  if (!base::equals_ignoring_case(reader.main_value(), "form-data")) {
    return invalid("the Content-Disposition of a part must be form-data");
  }
  bool has_name = false;
  ByteView name;
  std::string value;
  Progress progress;
  while ((progress = reader.next(name, value)) == Progress::kParameter) {
    Status status;
    if (base::equals_ignoring_case(name, "name")) {
      status = set_once(has_name, part.name, std::move(value));
    } else if (base::equals_ignoring_case(name, "filename")) {
      status = set_once(part.is_file, part.filename, std::move(value));
    }
    if (!status.is_ok()) {
      return status;
    }
  }
  if (progress == Progress::kBroken || !has_name) {
    return invalid(has_name ? "a Content-Disposition of a part cannot be read"
                            : "a part has no name");
  }
  return {};
}

// RFC 7578 §4.7: nothing is encoded. What would be is not for the application to find out.
bool is_plain_encoding(ByteView text) noexcept {
  return base::equals_ignoring_case(text, "binary") || base::equals_ignoring_case(text, "8bit") ||
         base::equals_ignoring_case(text, "7bit");
}

Status read_field(ByteView line, Part& part) {
  const std::size_t colon = line.find(':');
  const ByteView name = line.substr(0, std::min(colon, line.size()));
  if (colon == ByteView::npos || !http::is_token(name)) {
    return invalid("a line of a part's head is no field");
  }
  const ByteView value = base::trim_blanks(line.substr(colon + 1));
  if (!http::is_field_value(value)) {
    return invalid("a field of a part's head holds a control character");
  }
  for (const ByteView single : {"Content-Disposition", "Content-Type"}) {
    if (base::equals_ignoring_case(name, single) && part.fields.find_ignoring_case(single)) {
      return {Code::kInvalid, base::concat("a part has ", single, " twice")};
    }
  }
  part.fields.add(name, value);
  if (base::equals_ignoring_case(name, "Content-Disposition")) {
    return read_disposition(value, part);
  }
  if (base::equals_ignoring_case(name, "Content-Transfer-Encoding") && !is_plain_encoding(value)) {
    return invalid("a part is encoded, which those of a form are not");
  }
  return {};
}

// RFC 2046 §5.1.1, bchars
bool is_boundary_char(char c) noexcept {
  constexpr ByteView kMarks = "'()+_,-./:=? ";
  return base::is_digit(c) || base::is_alpha(c) || kMarks.find(c) != ByteView::npos;
}

bool is_boundary(ByteView text) noexcept {
  constexpr std::size_t kMaxBytes = 70;
  return !text.empty() && text.size() <= kMaxBytes && text.back() != ' ' &&
         std::all_of(text.begin(), text.end(), is_boundary_char);
}

}  // namespace

void Part::clear() noexcept {
  name.clear();
  is_file = false;
  filename.clear();
  fields.clear();
}

Status read_part_head(ByteView head, ByteView delimiter, const Limits& limits, Part& part) {
  part.clear();
  while (!head.empty()) {
    const std::size_t end = std::min(head.find("\r\n"), head.size());
    const ByteView line = head.substr(0, end);
    head.remove_prefix(std::min(end + 2, head.size()));
    if (line.starts_with(delimiter)) {
      return invalid("a boundary stands in the head of a part");
    }
    if (Status status = read_field(line, part); !status.is_ok()) {
      return status;
    }
  }
  if (part.fields.find_ignoring_case("Content-Disposition") == nullptr) {
    return invalid("a part has no Content-Disposition");
  }
  if (part.name.size() > limits.name) {
    return {Code::kTooBig, base::concat("a part's name of ", part.name.size(), " bytes, where ",
                                        limits.name, " are the limit")};
  }
  return {};
}

Status read_boundary(ByteView content_type, std::string& boundary) {
  ParameterReader reader(content_type);
  if (!base::equals_ignoring_case(reader.main_value(), "multipart/form-data")) {
    return {Code::kUnknown, base::concat("the body is \"", base::excerpt(reader.main_value()),
                                         "\", not multipart/form-data")};
  }
  bool has_one = false;
  ByteView name;
  std::string value;
  Progress progress;
  while ((progress = reader.next(name, value)) == Progress::kParameter) {
    if (base::equals_ignoring_case(name, "boundary")) {
      if (std::exchange(has_one, true)) {
        return invalid("there are two boundaries");
      }
      boundary = value;
    }
  }
  return progress == Progress::kEnd && has_one && is_boundary(boundary)
             ? Status()
             : invalid("multipart/form-data has no boundary that can be one");
}

}  // namespace wserve::form
