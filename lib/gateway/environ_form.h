// What the environs of all requests to a site have in common, and places for what a request brings.
#pragma once

#include <cstddef>

#include "gateway/environ.h"
#include "gateway/site.h"

namespace wserve::gateway {

// Constant, so that it serves many threads. Filling one in is cheaper than adding the same keys to
// every environ.
class EnvironForm {
 public:
  // Where the values of a request stand. Constants stand behind them.
  enum Place : std::size_t {
    kRequestMethod,
    kPathInfo,
    kQueryString,
    kRequestUri,
    kServerProtocol,
    kRemoteAddr,
    kRemoteHost,
    kRemotePort,
    kServerPort,
  };

  // `site` must outlive the form and every environ that was made from it.
  explicit EnvironForm(const Site& site);

  [[nodiscard]] const Site& site() const noexcept { return site_; }
  // Without the values that a request brings.
  [[nodiscard]] const Environ& blank() const noexcept { return blank_; }

 private:
  const Site& site_;
  Environ blank_;
};

}  // namespace wserve::gateway
