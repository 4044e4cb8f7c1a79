// A connection's ends, written out for the environ.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "gateway/endpoint.h"

namespace wserve::gateway {

// Serves one request after the other, and writes only what has changed from one to the next: behind
// a proxy most requests come from the same address. Every text has a NUL behind it.
class EndpointTexts {
 public:
  // `endpoint` must stay; the texts are valid until the next call.
  void describe(const Endpoint& endpoint);

  [[nodiscard]] const Endpoint& endpoint() const noexcept { return *endpoint_; }
  [[nodiscard]] base::ByteView peer_address() const noexcept { return address_text_; }
  [[nodiscard]] base::ByteView peer_port() const noexcept { return peer_port_.text(); }
  [[nodiscard]] base::ByteView server_port() const noexcept { return server_port_.text(); }

 private:
  class Port {
   public:
    void set(std::uint16_t number) noexcept;
    [[nodiscard]] base::ByteView text() const noexcept { return {digits_.data(), size_}; }

   private:
    std::uint16_t number_ = 0;
    std::array<char, 6> digits_ = {'0'};
    std::uint8_t size_ = 1;
  };

  const Endpoint* endpoint_ = nullptr;
  base::IpAddress address_;
  std::string address_text_ = address_.to_text();
  Port peer_port_;
  Port server_port_;
};

}  // namespace wserve::gateway
