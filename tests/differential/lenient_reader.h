// Reads requests as careless servers and proxies do, with the mistake of one's choice.
#pragma once

#include <optional>
#include <string>

namespace wserve::tests {

// What such a reader does wrong.
struct Mistakes {
  bool takes_lf_for_line_end = false;
  bool ignores_transfer_encoding = false;
  bool prefers_length = false;  // to Transfer-Encoding
  bool ignores_body_of_get = false;
  bool reads_decimal_chunk_sizes = false;
};

struct LenientRequest {
  std::string bytes;  // all of it, as it came
  std::string tag;
  std::string method;
  std::string path;
  std::string body;
  bool is_last = false;  // the client says so
};

// Takes the next request off the front; nothing when it is not complete.
std::optional<LenientRequest> take_request(std::string& bytes, const Mistakes& mistakes);

}  // namespace wserve::tests
