// gzip, by zlib (RFC 1952).
#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>

#include "filters/coder.h"

namespace wserve::filters {

namespace {

constexpr int kUsualLevel = 5;  // half of what is left above it costs twice the time
constexpr int kGzipFormat = 16;
constexpr int kMinWindow = 9;
constexpr int kMaxWindow = 15;
constexpr int kMaxMemory = 8;

// What refers back so far does not refer further; small windows are set up faster.
int window_for(std::int64_t size) noexcept {
  int bits = kMinWindow;
  while (bits < kMaxWindow && (size < 0 || size > std::int64_t{1} << bits)) {
    ++bits;
  }
  return bits;
}

int flush_of(ws_encode_step step) noexcept {
  switch (step) {
    case WS_ENCODE_END:
      return Z_FINISH;
    case WS_ENCODE_FLUSH:
      return Z_SYNC_FLUSH;
    case WS_ENCODE_MORE:
      break;
  }
  return Z_NO_FLUSH;
}

class GzipCoder final : public Coder {
 public:
  ~GzipCoder() override {
    if (is_open_) {
      deflateEnd(&stream_);
    }
  }

  bool open(int level, std::int64_t size) noexcept {
    const int window = window_for(size);
    is_open_ = deflateInit2(&stream_, level, Z_DEFLATED, window + kGzipFormat,
                            std::min(window - 6, kMaxMemory), Z_DEFAULT_STRATEGY) == Z_OK;
    return is_open_;
  }

  ws_status encode(ws_request* request, std::string_view data, ws_encode_step step) override {
    constexpr std::size_t kMax = std::numeric_limits<uInt>::max();
    ws_status status = WS_OK;
    while (data.size() > kMax && status == WS_OK) {
      status = deflate_all(request, data.substr(0, kMax), Z_NO_FLUSH);
      data.remove_prefix(kMax);
    }
    return status == WS_OK ? deflate_all(request, data, flush_of(step)) : status;
  }

 private:
  // zlib has nothing more to say once it leaves room behind what it has said.
  ws_status deflate_all(ws_request* request, std::string_view data, int flush) {
    std::array<Bytef, 16 * 1024> made;  // NOLINT: filled before it is read
    stream_.next_in = reinterpret_cast<z_const Bytef*>(const_cast<char*>(data.data()));  // NOLINT
    stream_.avail_in = static_cast<uInt>(data.size());
    ws_status status = WS_OK;
    do {
      stream_.next_out = made.data();
      stream_.avail_out = static_cast<uInt>(made.size());
      if (deflate(&stream_, flush) == Z_STREAM_ERROR) {
        return WS_EINTERNAL;
      }
      const std::size_t size = made.size() - stream_.avail_out;
      status = size > 0 ? ws_request_put_encoded(request, made.data(), size) : WS_OK;
    } while (stream_.avail_out == 0 && status == WS_OK);
    return status;
  }

  z_stream stream_{};
  bool is_open_ = false;
};

}  // namespace

std::unique_ptr<Coder> open_gzip(int level, std::int64_t size) {
  auto coder = std::make_unique<GzipCoder>();
  return coder->open(level != 0 ? level : kUsualLevel, size) ? std::move(coder) : nullptr;
}

}  // namespace wserve::filters
