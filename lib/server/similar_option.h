// What somebody meant who wrote a name that is no option.
#pragma once

#include "base/bytes.h"

namespace wserve::server {

// The option whose name differs by a few letters only, null when there is none.
[[nodiscard]] const char* similar_option(base::ByteView name);

}  // namespace wserve::server
