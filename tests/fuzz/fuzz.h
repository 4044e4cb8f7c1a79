// What every fuzz target shares: one function that takes any bytes and aborts when a promise is
// broken.
//
// A target is linked with libFuzzer to find inputs (tools/fuzz.sh), and with replay.cc to try those
// that were kept (the ordinary test run).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "base/bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace wserve::fuzz {

using base::ByteView;

// A promise that must hold for every input.
#define EXPECT(condition)                                                                  \
  do {                                                                                     \
    if (!(condition)) {                                                                    \
      std::fprintf(stderr, "%s:%d: broken promise: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                        \
    }                                                                                      \
  } while (false)

// Reads settings and texts off the front of an input.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size)
      : rest_(reinterpret_cast<const char*>(data), size) {}

  // The next byte; 0 when there is none.
  unsigned take_byte() {
    if (rest_.empty()) {
      return 0;
    }
    const auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    return byte;
  }

  // The text before the next `end`, or all that is left.
  ByteView take_text(char end) { return base::take_until(rest_, end); }

  [[nodiscard]] ByteView rest() const { return rest_; }
  [[nodiscard]] bool is_empty() const { return rest_.empty(); }

 private:
  ByteView rest_;
};

}  // namespace wserve::fuzz
