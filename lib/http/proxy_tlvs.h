// The extensions of a PROXY protocol header, version 2 (§2.2).
#pragma once

#include "http/proxy_protocol.h"

namespace wserve::http {

// Reads those of `header` from `begin` on. Null, or what is wrong.
[[nodiscard]] const char* read_proxy_tlvs(ByteView header, std::size_t begin,
                                          ProxyPreface& preface);

}  // namespace wserve::http
