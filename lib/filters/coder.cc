// Which codings there are.
#include "filters/coder.h"

#include <array>

namespace wserve::filters {

namespace {

#ifdef WSERVE_HAS_BROTLI
constexpr Coding kBrotli = {"br", "brotli", "brotli", open_brotli, true};
#else
constexpr Coding kBrotli = {"br", "brotli", "brotli", nullptr, false};
#endif
#ifdef WSERVE_HAS_GZIP
constexpr Coding kGzip = {"gzip", "gzip", "zlib", open_gzip, true};
#else
constexpr Coding kGzip = {"gzip", "gzip", "zlib", nullptr, false};
#endif

constexpr std::array kCodings = {kBrotli, kGzip};

}  // namespace

std::span<const Coding> codings() noexcept {
  return kCodings;
}

}  // namespace wserve::filters
