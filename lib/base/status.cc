// Failures that the operating system reports, in words.
#include "base/status.h"

#include <cstring>

#include "base/text.h"

namespace wserve::base {

std::string system_reason(int error_number) {
  // Neither writes to shared memory, as strerror of glibc may.
#ifdef __GLIBC__
  const char* reason = ::strerrordesc_np(error_number);
#else
  const char* reason = ::strerror(error_number);
#endif
  return reason != nullptr ? std::string(reason) : concat("error ", error_number);
}

Status system_failure(const std::string& what, int error_number) {
  return {Code::kSystem, concat(what, ": ", system_reason(error_number))};
}

}  // namespace wserve::base
