// Which codings there are.
#include "filters/coder.h"

#include <array>

namespace wserve::filters {

namespace {

#ifdef WSERVE_HAS_BROTLI
constexpr Coding kBrotli = {"br", nullptr, "brotli", "brotli", open_brotli, true};
#else
constexpr Coding kBrotli = {"br", nullptr, "brotli", "brotli", nullptr, false};
#endif
// RFC 9110 §8.4.1.3: x-gzip is gzip.
#ifdef WSERVE_HAS_GZIP
constexpr Coding kGzip = {"gzip", "x-gzip", "gzip", "zlib", open_gzip, true};
#else
constexpr Coding kGzip = {"gzip", "x-gzip", "gzip", "zlib", nullptr, false};
#endif

constexpr std::array kCodings = {kBrotli, kGzip};

}  // namespace

std::span<const Coding> codings() noexcept {
  return kCodings;
}

}  // namespace wserve::filters
