// A second reader of what a proxy sends: a few lines that know how long a message is, and give up
// on everything that two readers could take differently.
#pragma once

#include <string>
#include <vector>

namespace wserve::tests {

struct SentRequest {
  std::string tag;
  std::string method;
  std::string body;
};

class StrictReader {
 public:
  // The next bytes of a connection: the requests that are complete with them. None ever again
  // behind one that it has given up on.
  std::vector<SentRequest> read(const std::string& bytes);

 private:
  enum class Result { kComplete, kNeedsMore, kUnclear };
  Result take_request(SentRequest& request);

  std::string bytes_;
  bool has_given_up_ = false;
};

}  // namespace wserve::tests
