// Reads wire cases: what is sent, and what must come back, as data.
//
//   == a name                       begins a case
//   ref RFC 9112 §3.2 MUST          the rule
//   set max_request_header_size=99  an option of the server
//   > GET / HTTP/1.1\r\n            bytes to send; \r \n \t \\ \xHH, and nothing is added
//   >*500 x                         the same bytes, 500 times
//   < 200 GET /                     an answer: its status, and a text that its body holds
//   < open                          the connection stays usable; or
//   < close                         the server closes it
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace wserve::tests {

struct ExpectedAnswer {
  int status = 0;
  std::string part_of_body;
};

struct WireCase {
  std::string name;
  std::string rule;
  std::vector<std::pair<std::string, std::string>> options;
  std::string request;
  std::vector<ExpectedAnswer> answers;
  bool closes = false;
};

// Ends the program with a message when the file cannot be read or understood.
[[nodiscard]] std::vector<WireCase> read_case_file(const std::string& path);

}  // namespace wserve::tests
