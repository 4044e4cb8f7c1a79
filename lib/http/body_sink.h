// Where the bytes of a body go that is not collected with its request.
#pragma once

#include "base/bytes.h"
#include "base/status.h"

namespace wserve::http {

class BodySink {
 public:
  // The next bytes, without their framing. A failure refuses the request.
  virtual base::Status append(base::ByteView bytes) = 0;

 protected:
  ~BodySink() = default;
};

}  // namespace wserve::http
