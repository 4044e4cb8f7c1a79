// PROXY headers, versions 1 and 2: any bytes, and each beginning of them.
#include "fuzz/fuzz.h"
#include "http/proxy_protocol.h"

using namespace wserve;
using namespace wserve::fuzz;
using Progress = http::ProxyVerdict::Progress;

namespace {

http::ProxyVerdict read(ByteView bytes) {
  http::ProxyPreface preface;
  const http::ProxyVerdict verdict = http::read_proxy_preface(bytes, preface);
  EXPECT(verdict.progress != Progress::kReady || verdict.size <= bytes.size());
  EXPECT(verdict.progress != Progress::kRefused || verdict.why != nullptr);
  EXPECT(verdict.progress != Progress::kNeedsMore || bytes.size() < http::kUsualPrefaceBytes);
  if (verdict.progress == Progress::kReady) {
    for (const http::ProxyTlv& tlv : preface.tlvs) {
      EXPECT(!tlv.name.empty() && tlv.value.find('\n') == std::string::npos);
    }
  }
  return verdict;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes = Input(data, size).rest();
  const http::ProxyVerdict whole = read(bytes);
  // Whoever reads piece by piece comes to the same end, never too early.
  http::ProxyVerdict piecewise;
  for (std::size_t n = 0; n <= bytes.size() && piecewise.progress == Progress::kNeedsMore; ++n) {
    piecewise = read(bytes.substr(0, n));
    EXPECT(piecewise.progress != Progress::kReady || piecewise.size == n);
  }
  EXPECT(whole.progress == piecewise.progress);
  EXPECT(whole.progress != Progress::kReady || whole.size == piecewise.size);
  return 0;
}
