// Chunked bodies: any bytes, whole and in pieces, and every accepted body decoded a second time by
// a decoder that could not be simpler.
#include <cstdlib>
#include <string>

#include "fuzz/fuzz.h"
#include "http/chunk_decoder.h"

using namespace wserve;
using namespace wserve::fuzz;
using Progress = http::ChunkDecoder::Progress;

namespace {

constexpr std::uint64_t kMaxBody = 2048;
constexpr std::uint64_t kMaxOverhead = 1024;

struct Decoded {
  Progress progress = Progress::kNeedsMore;
  std::string body;
  std::size_t consumed = 0;
};

Decoded decode(ByteView input, std::size_t piece) {
  http::ChunkDecoder decoder;
  decoder.restart(kMaxBody, kMaxOverhead);
  Decoded decoded;
  while (!input.empty() && decoded.progress == Progress::kNeedsMore) {
    ByteView part = input.substr(0, piece);
    const std::size_t offered = part.size();
    ByteView data;
    while ((decoded.progress = decoder.decode(part, data)) == Progress::kData) {
      decoded.body += data;
    }
    EXPECT(part.empty() || decoded.progress != Progress::kNeedsMore);
    decoded.consumed += offered - part.size();
    input.remove_prefix(offered - part.size());
  }
  EXPECT(decoded.body.size() <= kMaxBody);
  // Chunks that carry data pay for their framing.
  EXPECT(decoded.consumed <= kMaxOverhead + 2 * decoded.body.size());
  return decoded;
}

// Sizes by strtoull, the rest of each size line skipped.
std::string decode_plainly(const std::string& coded) {
  std::string body;
  std::size_t at = 0;
  for (;;) {
    const std::size_t size = std::strtoull(coded.c_str() + at, nullptr, 16);
    at = coded.find("\r\n", at) + 2;
    if (size == 0) {
      return body;
    }
    body += coded.substr(at, size);
    at += size;
    EXPECT(coded.compare(at, 2, "\r\n") == 0);
    at += 2;
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  const std::size_t piece = 1 + input.take_byte() % 16;
  const Decoded whole = decode(input.rest(), input.rest().size());
  const Decoded pieces = decode(input.rest(), piece);
  EXPECT(whole.progress == pieces.progress);
  EXPECT(whole.body == pieces.body && whole.consumed == pieces.consumed);
  if (whole.progress == Progress::kDone) {
    const std::string coded(input.rest().substr(0, whole.consumed));
    EXPECT(coded.ends_with("\r\n\r\n"));
    EXPECT(decode_plainly(coded) == whole.body);
  }
  return 0;
}
