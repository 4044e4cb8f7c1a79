// Calls of the system that a signal has interrupted are made again.
#pragma once

#include <cerrno>

namespace wserve::base {

// `call` is negative where it has failed, with errno.
template <typename Call>
auto uninterrupted(Call&& call) noexcept {
  auto result = call();
  while (result < 0 && errno == EINTR) {
    result = call();
  }
  return result;
}

}  // namespace wserve::base
