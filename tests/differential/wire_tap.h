// Stands between a proxy and the origin, passes every byte on, and knows which requests there were.
#pragma once

#include "differential/strict_reader.h"
#include "differential/tcp_service.h"

namespace wserve::tests {

class WireTap final : public TcpService {
 public:
  explicit WireTap(int origin_port);
  WireTap(const WireTap&) = delete;
  WireTap& operator=(const WireTap&) = delete;
  ~WireTap() override;

  struct Sent {
    unsigned connection;
    SentRequest request;
  };

  // What the proxy has sent since the last call; in order for each connection.
  std::vector<Sent> take();

 private:
  void serve(int fd) override;
  // False at the end.
  bool pass_on(unsigned connection, StrictReader& reader, int from, int to);

  const int origin_port_;
  std::mutex mutex_;
  std::vector<Sent> sent_;
  unsigned connections_ = 0;
};

}  // namespace wserve::tests
