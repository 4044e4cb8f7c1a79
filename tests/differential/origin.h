// What stands behind a proxy and writes down each request it is given.
#pragma once

#include <string>
#include <vector>

namespace wserve::tests {

// X-Tag: one of its own for each request that a proxy sends; none when it came otherwise.
constexpr const char* kTagField = "X-Tag";

struct SeenRequest {
  std::string tag;
  std::string method;
  std::string path;
  std::string body;
};

class Origin {
 public:
  Origin() = default;
  Origin(const Origin&) = delete;
  Origin& operator=(const Origin&) = delete;
  virtual ~Origin() = default;

  // On 127.0.0.1.
  [[nodiscard]] virtual int port() const = 0;

  // What came since the last call.
  virtual std::vector<SeenRequest> take() = 0;
};

// What an origin answers.
inline std::string answer_text(const std::string& path) {
  return "asked for " + path + "\n";
}

}  // namespace wserve::tests
