// Writing what has changed.
#include "gateway/endpoint_texts.h"

#include <charconv>

namespace wserve::gateway {

void EndpointTexts::Port::set(std::uint16_t number) noexcept {
  if (number == number_) {
    return;
  }
  number_ = number;
  char* const end = std::to_chars(digits_.begin(), digits_.end() - 1, number).ptr;
  *end = '\0';
  size_ = static_cast<std::uint8_t>(end - digits_.data());
}

void EndpointTexts::describe(const Endpoint& endpoint) {
  endpoint_ = &endpoint;
  if (endpoint.peer_address != address_) {
    address_text_ = endpoint.peer_address.to_text();
    address_ = endpoint.peer_address;
  }
  peer_port_.set(endpoint.peer_port);
  server_port_.set(endpoint.server_port);
}

}  // namespace wserve::gateway
