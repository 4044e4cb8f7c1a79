// Starts the library's own threads.
#pragma once

#include <functional>

#include "base/status.h"

namespace wserve::base {

// Runs `body` on a new detached thread with every signal blocked, so that signals reach the threads
// of the host program. `name` is a literal of at most 15 characters. kSystem when the system gives
// no thread.
Status start_thread(const char* name, std::function<void()> body);

}  // namespace wserve::base
