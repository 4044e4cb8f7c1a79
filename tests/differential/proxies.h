// Proxies that put a tag on every request they send. The real ones keep one connection to the
// origin wherever it can be had.
#pragma once

#include <string>

#include "support/process.h"

namespace wserve::tests {

class Proxy {
 public:
  Proxy() = default;
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;
  virtual ~Proxy() = default;

  [[nodiscard]] virtual int port() const = 0;
};

class RealProxy final : public Proxy {
 public:
  // "nginx", "apache" or "haproxy", in front of 127.0.0.1:`origin_port`.
  RealProxy(const std::string& name, int origin_port);
  RealProxy(const RealProxy&) = delete;
  RealProxy& operator=(const RealProxy&) = delete;
  ~RealProxy() override;

  [[nodiscard]] int port() const override { return port_; }

 private:
  const int port_;
  std::string folder_;
  process process_{};
};

}  // namespace wserve::tests
