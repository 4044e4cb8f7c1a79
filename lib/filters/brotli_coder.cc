// brotli, by the library of that name (RFC 7932).
#include <brotli/encode.h>

#include <algorithm>
#include <limits>

#include "filters/brotli_memory.h"
#include "filters/coder.h"

namespace wserve::filters {

namespace {

constexpr int kUsualLevel = 4;  // above it time grows much faster than bytes shrink
constexpr int kMaxWindow = 18;  // 256 KiB: each answer that is under way has one

int window_for(std::int64_t size) noexcept {
  int bits = BROTLI_MIN_WINDOW_BITS;
  while (bits < kMaxWindow && (size < 0 || size > std::int64_t{1} << bits)) {
    ++bits;
  }
  return bits;
}

BrotliEncoderOperation operation_of(ws_encode_step step) noexcept {
  switch (step) {
    case WS_ENCODE_END:
      return BROTLI_OPERATION_FINISH;
    case WS_ENCODE_FLUSH:
      return BROTLI_OPERATION_FLUSH;
    case WS_ENCODE_MORE:
      break;
  }
  return BROTLI_OPERATION_PROCESS;
}

class BrotliCoder final : public Coder {
 public:
  bool open(int level, std::int64_t size) noexcept {
    state_ = BrotliEncoderCreateInstance(BrotliMemory::take, BrotliMemory::give_back, &memory_);
    return state_ != nullptr && set(BROTLI_PARAM_QUALITY, level) &&
           set(BROTLI_PARAM_LGWIN, window_for(size)) && set(BROTLI_PARAM_SIZE_HINT, hint_of(size));
  }

  ws_status encode(ws_request* request, std::string_view data, ws_encode_step step) override {
    const auto* next = reinterpret_cast<const std::uint8_t*>(data.data());
    std::size_t left = data.size();
    ws_status status = WS_OK;
    bool has_more = false;  // as long as it has made something, the operation may not be over
    do {
      if (!compress(operation_of(step), left, next)) {
        return WS_ENOMEM;  // of what can go wrong there is nothing else
      }
      has_more = BrotliEncoderHasMoreOutput(state_) != BROTLI_FALSE;
      status = pass_on(request);
    } while ((left > 0 || has_more) && status == WS_OK);
    return status;
  }

 private:
  // What it makes is taken from where it is.
  bool compress(BrotliEncoderOperation operation, std::size_t& left,
                const std::uint8_t*& next) noexcept {
    std::size_t room = 0;
    BROTLI_BOOL done = BROTLI_FALSE;
    return memory_.run([&] {
      done = BrotliEncoderCompressStream(state_, operation, &left, &next, &room, nullptr, nullptr);
    }) && done != BROTLI_FALSE;
  }

  template <typename Number>
  bool set(BrotliEncoderParameter parameter, Number value) noexcept {
    return BrotliEncoderSetParameter(state_, parameter, static_cast<std::uint32_t>(value)) !=
           BROTLI_FALSE;
  }

  static std::int64_t hint_of(std::int64_t size) noexcept {
    return std::clamp<std::int64_t>(size, 0, std::numeric_limits<std::uint32_t>::max());
  }

  ws_status pass_on(ws_request* request) {
    ws_status status = WS_OK;
    while (BrotliEncoderHasMoreOutput(state_) != BROTLI_FALSE && status == WS_OK) {
      std::size_t size = 0;
      const std::uint8_t* made = BrotliEncoderTakeOutput(state_, &size);
      status = ws_request_put_encoded(request, made, size);
    }
    return status;
  }

  BrotliMemory memory_;
  BrotliEncoderState* state_ = nullptr;  // in the memory, with all that it has
};

}  // namespace

std::unique_ptr<Coder> open_brotli(int level, std::int64_t size) {
  auto coder = std::make_unique<BrotliCoder>();
  return coder->open(level != 0 ? level : kUsualLevel, size) ? std::move(coder) : nullptr;
}

}  // namespace wserve::filters
