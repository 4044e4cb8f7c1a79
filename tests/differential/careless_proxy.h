// A proxy that mends nothing: it passes on whatever it takes for a request, byte by byte, with a
// tag. What it makes of two line ends or two lengths is its own affair, and the origin's to refuse.
#pragma once

#include <atomic>

#include "differential/proxies.h"
#include "differential/tcp_service.h"

namespace wserve::tests {

class CarelessProxy final : public Proxy, private TcpService {
 public:
  explicit CarelessProxy(int origin_port);
  CarelessProxy(const CarelessProxy&) = delete;
  CarelessProxy& operator=(const CarelessProxy&) = delete;
  ~CarelessProxy() override;

  [[nodiscard]] int port() const override { return TcpService::port(); }

 private:
  void serve(int fd) override;
  // False at the end.
  bool pass_on(std::string& bytes, int from, int to);

  const int origin_port_;
  std::atomic<unsigned> tags_{0};
};

}  // namespace wserve::tests
