// One status for two calls that do not need each other, so that both mistakes are told at once.
#pragma once

#include "base/status.h"

namespace wserve::base {

// The code is that of the first failure, the text that of both.
Status both(Status one, Status other);

}  // namespace wserve::base
