// The variables that systemd leaves. Not for programs that run with more rights than their caller.
#pragma once

#include <stdlib.h>

#include "base/bytes.h"

namespace wserve::net {

// Empty when there is none.
[[nodiscard]] inline base::ByteView systemd_variable(const char* name) noexcept {
  const char* value = ::secure_getenv(name);
  return value != nullptr ? value : base::ByteView();
}

// 0 when there is none.
[[nodiscard]] inline std::uint64_t systemd_number(const char* name) noexcept {
  std::uint64_t number = 0;
  return base::parse_digits(systemd_variable(name), number) == base::NumberError::kNone ? number
                                                                                        : 0;
}

}  // namespace wserve::net
