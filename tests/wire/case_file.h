// Reads wire cases: what is sent, and what must come back, as data.
//
//   == a name                       begins a case; no two of a file have the same
//   ref RFC 9112 §3.2 MUST          the rule, and how binding it is: MUST, SHOULD or MAY
//   set max_request_header_size=99  an option of the server; ?proxy=on is one of its addresses
//   whole                           not where the application is called before the body is there
//   > GET / HTTP/1.1\r\n            bytes to send; \r \n \t \\ \xHH, and nothing is added
//   >*500 x                         the same bytes, 500 times
//   then half-close                 behind the bytes the client ends its sending half; or
//   then wait                       it does nothing: the server acts
//   < 200 GET /                     an answer: its status, and a text that its body holds
//   <*24 200 GET /                  24 such answers
//   < HEAD 200                      an answer to HEAD: it has no body
//   <+ Allow: GET                   its head holds this text, interim answers included
//   <- 100 Continue                 its head does not hold this one
//   < open                          the connection stays usable; or
//   < close                         the server closes it
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace wserve::tests {

struct ExpectedAnswer {
  int status = 0;
  bool is_to_head = false;
  std::string part_of_body;
  std::vector<std::string> in_head;
  std::vector<std::string> not_in_head;
};

enum class Afterwards { kNothing, kHalfClose, kWait };
enum class Ending { kUnknown, kOpen, kClose };

struct WireCase {
  std::string name;
  std::string rule;
  std::vector<std::pair<std::string, std::string>> options;
  bool is_whole_only = false;
  std::string request;
  Afterwards afterwards = Afterwards::kNothing;
  std::vector<ExpectedAnswer> answers;
  Ending ending = Ending::kUnknown;
};

// Ends the program with a message when the file cannot be read or understood.
[[nodiscard]] std::vector<WireCase> read_case_file(const std::string& path);

}  // namespace wserve::tests
