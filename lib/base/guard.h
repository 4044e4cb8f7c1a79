// The border where exceptions stop: every callback from C and every call of the C ABI runs in one.
#pragma once

#include <cxxabi.h>

#include <exception>
#include <new>
#include <utility>

#include "base/status.h"

namespace wserve::base {

// Runs `body`, which returns a Status; an exception becomes one. A forced unwind (pthread_exit)
// goes on, as it must: swallowing it ends the process. It has no object to refer to, which
// UndefinedBehaviorSanitizer would take for a mistake.
template <typename Body>
[[nodiscard]] __attribute__((no_sanitize("undefined"))) Status guarded(Body&& body) {
  try {
    return std::forward<Body>(body)();
  } catch (const std::bad_alloc&) {
    return Code::kNoMemory;
#ifdef __GLIBCXX__  // other standard libraries have no name for it
  } catch (const abi::__forced_unwind&) {
    throw;
#endif
  } catch (const std::exception& e) {
    try {
      return {Code::kInternal, e.what()};
    } catch (...) {
      return Code::kNoMemory;
    }
  } catch (...) {
    return {Code::kInternal, {}};
  }
}

}  // namespace wserve::base
