// libwserve as an origin server that writes down each request it is given.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include <wserve/wserve.h>

namespace wserve::tests {

struct SeenRequest {
  std::string tag;  // X-Tag: one of its own for each request that a proxy sends; empty without one
  std::string method;
  std::string path;
  std::string body;
};

class Origin {
 public:
  Origin();
  Origin(const Origin&) = delete;
  Origin& operator=(const Origin&) = delete;
  ~Origin();

  [[nodiscard]] int port() const { return ws_server_port(server_, 0); }

  // What came since the last call.
  std::vector<SeenRequest> take();

 private:
  static ws_status answer(ws_request* request, void* origin);

  ws_server* server_;
  std::mutex mutex_;
  std::vector<SeenRequest> seen_;
};

}  // namespace wserve::tests
