// What the body of an answer passes through before it is sent: compression, for one.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/status.h"

namespace wserve::app {

// What is wanted of an encoder behind the bytes that it is given. The numbers are those of
// ws_encode_step (include/wserve/encode.h).
enum class EncodeStep : std::uint8_t {
  kMore,   // more will come
  kFlush,  // likewise, and the client shall have all so far
  kEnd,    // that was the last of it
};

// For one answer. One thread at a time.
class Encoder {
 public:
  Encoder() = default;
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;
  virtual ~Encoder() = default;

  // Takes all of `data` and gives what it makes of it to ResponseWriter::put_encoded().
  virtual base::Status encode(base::ByteView data, EncodeStep step) = 0;
};

}  // namespace wserve::app
