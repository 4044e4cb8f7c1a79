// Bits from the kernel, some of them in stock.
#include "base/random_id.h"

#include <sys/random.h>
#include <unistd.h>

#include <array>
#include <cstdint>

namespace wserve::base {

namespace {

constexpr std::size_t kIdBytes = kRandomIdSize / 2;

// So many bytes that a signal never cuts them short (getrandom(2)).
struct Stock {
  std::array<unsigned char, 8 * kIdBytes> bytes{};
  std::size_t left = 0;
  pid_t process = 0;  // a child has its parent's bytes
};

// In the thread's own block from its start, so that its first use needs no memory.
__attribute__((tls_model("initial-exec"))) constinit thread_local Stock stock;

bool fill(Stock& emptied) noexcept {
  const auto size = static_cast<ssize_t>(emptied.bytes.size());
  if (::getrandom(emptied.bytes.data(), emptied.bytes.size(), 0) != size) {
    return false;
  }
  emptied.left = emptied.bytes.size();
  emptied.process = ::getpid();
  return true;
}

}  // namespace

bool make_random_id(std::span<char, kRandomIdSize> to) noexcept {
  constexpr const char* kDigits = "0123456789abcdef";
  if ((stock.left == 0 || stock.process != ::getpid()) && !fill(stock)) {
    return false;
  }
  stock.left -= kIdBytes;
  for (std::size_t i = 0; i < kIdBytes; ++i) {
    const unsigned byte = stock.bytes[stock.left + i];
    to[2 * i] = kDigits[byte >> 4];
    to[2 * i + 1] = kDigits[byte & 15];
  }
  return true;
}

}  // namespace wserve::base
