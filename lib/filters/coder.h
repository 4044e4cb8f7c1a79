// Content codings, those that the library was built with (RFC 9110 §8.4.1).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include <wserve/encode.h>

namespace wserve::filters {

// Encodes one answer.
class Coder {
 public:
  Coder() = default;
  Coder(const Coder&) = delete;
  Coder& operator=(const Coder&) = delete;
  virtual ~Coder() = default;

  virtual ws_status encode(ws_request* request, std::string_view data, ws_encode_step step) = 0;
};

struct Coding {
  const char* name;     // as in Content-Encoding
  const char* feature;  // as ws_has_feature() calls it
  const char* library;  // which has it
  // `level` is 1..9, 0 for the usual one; `size` of the body, -1 when it is not known. Null without
  // memory, or without the library.
  std::unique_ptr<Coder> (*open)(int level, std::int64_t size);
  bool is_built;
};

// In the order of preference: the smaller first.
[[nodiscard]] std::span<const Coding> codings() noexcept;

// Of the two, what was built; else they give null.
std::unique_ptr<Coder> open_brotli(int level, std::int64_t size);
std::unique_ptr<Coder> open_gzip(int level, std::int64_t size);

}  // namespace wserve::filters
