// Addresses as other programs write them, and what they are called here.
#pragma once

#include <string>

#include "base/bytes.h"

namespace wserve::net {

// Why `address` is no listen entry and what was probably meant; empty when it looks like one.
[[nodiscard]] std::string mistake_in(base::ByteView address);

}  // namespace wserve::net
