// PROXY headers, versions 1 and 2: any bytes, and each beginning of them.
#include "fuzz/fuzz.h"
#include "net/proxy_protocol/proxy_header.h"

using namespace wserve;
using namespace wserve::fuzz;
using Progress = net::ProxyVerdict::Progress;

namespace {

net::ProxyVerdict read(ByteView bytes) {
  net::ProxyPreface preface;
  const net::ProxyVerdict verdict = net::read_proxy_preface(bytes, preface);
  EXPECT(verdict.progress != Progress::kReady || verdict.size <= bytes.size());
  EXPECT(verdict.progress != Progress::kRefused || verdict.why != nullptr);
  EXPECT(verdict.progress != Progress::kNeedsMore || bytes.size() < net::kUsualPrefaceBytes);
  if (verdict.progress == Progress::kReady) {
    for (const net::ProxyTlv& tlv : preface.tlvs) {
      EXPECT(!tlv.name.empty() && tlv.value.find('\n') == std::string::npos);
    }
  }
  return verdict;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes = Input(data, size).rest();
  const net::ProxyVerdict whole = read(bytes);
  // Whoever reads piece by piece comes to the same end, never too early.
  net::ProxyVerdict piecewise;
  for (std::size_t n = 0; n <= bytes.size() && piecewise.progress == Progress::kNeedsMore; ++n) {
    piecewise = read(bytes.substr(0, n));
    EXPECT(piecewise.progress != Progress::kReady || piecewise.size == n);
  }
  EXPECT(whole.progress == piecewise.progress);
  EXPECT(whole.progress != Progress::kReady || whole.size == piecewise.size);
  return 0;
}
