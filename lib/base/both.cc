// The texts of two failures, one behind the other.
#include "base/both.h"

#include "base/text.h"

namespace wserve::base {

Status both(Status one, Status other) {
  if (one.is_ok() || other.is_ok()) {
    return one.is_ok() ? std::move(other) : std::move(one);
  }
  // More than anybody reads: a file may be wrong in each of a million places.
  constexpr std::size_t kEnough = 8192;
  if (one.message().size() > kEnough) {
    return one;
  }
  return {one.code(), concat(one.message(), "; ", other.message())};
}

}  // namespace wserve::base
