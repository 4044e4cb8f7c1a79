// Field lines as somebody has typed them, made a head.
#include "http/request_text.h"

#include "base/text.h"
#include "http/answer_head.h"

namespace wserve::http {

using base::ByteView;

std::string make_request_head(ByteView fields) {
  std::string head = base::concat("GET / HTTP/1.1", kLineEnd);
  bool has_host = false;
  while (!fields.empty()) {
    const ByteView line = base::trim_space(base::take_until(fields, '\n'));
    has_host = has_host || base::equals_ignoring_case(line.substr(0, 5), "host:");
    head += line.empty() ? "" : base::concat(line, kLineEnd);
  }
  return base::concat(head, has_host ? "" : "Host: localhost\r\n", kLineEnd);
}

}  // namespace wserve::http
