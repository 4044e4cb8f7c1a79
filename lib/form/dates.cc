// The dates of http/, with statuses.
#include "form/dates.h"

#include <algorithm>

#include "base/text.h"
#include "http/http_date.h"

namespace wserve::form {

using base::Code;
using base::Status;

Status write_date(std::int64_t seconds, char* to, std::size_t capacity) {
  http::HttpDate::Text text{};
  if (capacity <= text.size()) {
    return {Code::kTooBig, base::concat("a date has ", text.size() + 1, " bytes, not ", capacity)};
  }
  if (!http::write_http_date(seconds, text)) {
    return {Code::kInvalid, base::concat(seconds, " is in no year of four digits")};
  }
  *std::copy(text.begin(), text.end(), to) = '\0';
  return {};
}

Status read_date(base::ByteView text, std::int64_t now, std::int64_t& seconds) {
  const auto read = http::parse_http_date(text, now);
  if (!read) {
    return {Code::kInvalid, base::concat("\"", base::excerpt(text), "\" is no date of HTTP")};
  }
  seconds = *read;
  return {};
}

}  // namespace wserve::form
