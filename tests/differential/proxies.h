// Real proxies, each with one kept connection to the origin wherever it can be had, and a tag on
// every request they send.
#pragma once

#include <string>

#include "support/process.h"

namespace wserve::tests {

class Proxy {
 public:
  // "nginx", "apache" or "haproxy", in front of 127.0.0.1:`origin_port`.
  Proxy(const std::string& name, int origin_port);
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;
  ~Proxy();

  [[nodiscard]] int port() const { return port_; }

 private:
  const int port_;
  std::string folder_;
  process process_{};
};

}  // namespace wserve::tests
