// libwserve as the origin server.
#pragma once

#include <mutex>

#include <wserve/wserve.h>

#include "differential/origin.h"

namespace wserve::tests {

class WserveOrigin final : public Origin {
 public:
  WserveOrigin();
  WserveOrigin(const WserveOrigin&) = delete;
  WserveOrigin& operator=(const WserveOrigin&) = delete;
  ~WserveOrigin() override;

  [[nodiscard]] int port() const override { return ws_server_port(server_, 0); }
  std::vector<SeenRequest> take() override;

 private:
  static ws_status answer(ws_request* request, void* origin);

  ws_server* server_;
  std::mutex mutex_;
  std::vector<SeenRequest> seen_;
};

}  // namespace wserve::tests
