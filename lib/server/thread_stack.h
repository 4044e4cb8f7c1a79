// The stack of another thread of this process, by a signal to it.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/status.h"

namespace wserve::server {

// The signal is SIGURG, which does nothing where nobody has asked for it. From the first claim on,
// its handler is the library's until the process ends: a signal may be under way at any time.
// kConflict when somebody else has it. Any thread.
[[nodiscard]] base::Status claim_stack_signal();

// The calling thread takes that signal, though it blocks all others.
void let_stack_signal_in() noexcept;

// The functions that a thread is in, innermost first, a line for each, as backtrace_symbols(3)
// writes them. Empty when the thread has ended, blocks the signal, or does not answer soon, as one
// does that the kernel keeps. Any thread but that one, after claim_stack_signal().
[[nodiscard]] std::string stack_of(pid_t thread);

}  // namespace wserve::server
