// An origin server that makes a mistake on purpose: the differential test must notice.
#pragma once

#include "differential/lenient_reader.h"
#include "differential/origin.h"
#include "differential/tcp_service.h"

namespace wserve::tests {

class WrongOrigin final : public Origin, private TcpService {
 public:
  explicit WrongOrigin(const Mistakes& mistakes);
  WrongOrigin(const WrongOrigin&) = delete;
  WrongOrigin& operator=(const WrongOrigin&) = delete;
  ~WrongOrigin() override;

  [[nodiscard]] int port() const override { return TcpService::port(); }
  std::vector<SeenRequest> take() override;

 private:
  void serve(int fd) override;
  void answer(int fd, const LenientRequest& request);

  const Mistakes mistakes_;
  std::mutex mutex_;
  std::vector<SeenRequest> seen_;
};

}  // namespace wserve::tests
