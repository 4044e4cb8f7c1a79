// The extensions of a PROXY protocol header, version 2 (§2.2).
#pragma once

#include "net/proxy_protocol/proxy_header.h"

namespace wserve::net {

// Reads those of `header` from `begin` on. Null, or what is wrong.
[[nodiscard]] const char* read_proxy_tlvs(ByteView header, std::size_t begin,
                                          ProxyPreface& preface);

}  // namespace wserve::net
