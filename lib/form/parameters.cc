// Takes parameters off, from left to right.
#include "form/parameters.h"

#include <algorithm>

#include "http/grammar.h"

namespace wserve::form {

ParameterReader::ParameterReader(ByteView text) noexcept : rest_(text) {
  const std::size_t end = std::min(text.find(';'), text.size());
  main_value_ = base::trim_blanks(text.substr(0, end));
  rest_.remove_prefix(end);
}

ParameterReader::Progress ParameterReader::next(ByteView& name, std::string& value) {
  rest_ = base::trim_blanks(rest_);
  if (!rest_.empty() && rest_.front() != ';') {
    return Progress::kBroken;
  }
  // RFC 9110 §5.6.6: between semicolons there may be nothing.
  while (!rest_.empty() && (rest_.front() == ';' || base::is_blank(rest_.front()))) {
    rest_.remove_prefix(1);
  }
  if (rest_.empty()) {
    return Progress::kEnd;
  }
  const std::size_t name_size = http::scan_token(rest_).size;
  name = rest_.substr(0, name_size);
  if (name_size == 0 || name_size == rest_.size() || rest_[name_size] != '=') {
    return Progress::kBroken;
  }
  rest_.remove_prefix(name_size + 1);
  value.clear();
  if (rest_.starts_with('"')) {
    return take_quoted(value) ? Progress::kParameter : Progress::kBroken;
  }
  const std::size_t size = http::scan_token(rest_).size;
  value.assign(rest_.substr(0, size));
  rest_.remove_prefix(size);
  return size > 0 ? Progress::kParameter : Progress::kBroken;
}

bool ParameterReader::take_quoted(std::string& value) {
  for (std::size_t at = 1; at < rest_.size(); ++at) {
    const bool is_pair = rest_[at] == '\\' && at + 1 < rest_.size() &&
                         (rest_[at + 1] == '"' || rest_[at + 1] == '\\');
    if (rest_[at] == '"') {
      rest_.remove_prefix(at + 1);
      return true;
    }
    at += is_pair ? 1 : 0;
    value.push_back(rest_[at]);
  }
  return false;
}

}  // namespace wserve::form
