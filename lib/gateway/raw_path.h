// PATH_INFO as the client wrote it, for ecosystems whose frameworks decode it themselves.
#pragma once

#include "base/arena.h"

namespace wserve::gateway {

// The key of the environ that is made only when it is asked for.
inline constexpr base::ByteView kRawPathInfo = "ws.raw_path_info";

// The tail of the target's path that decodes to `path_info`, with a NUL behind it: whatever took a
// prefix off PATH_INFO has taken it off here. It begins with "/" where PATH_INFO does, and never
// with "//"; an escaped slash behind the first one stays ("/%2Fa", for which PATH_INFO is "/a").
// A PATH_INFO that is no such tail, because a filter made another, is encoded.
[[nodiscard]] base::ByteView raw_path_info(base::ByteView target, base::ByteView path_info,
                                           base::Arena& arena);

}  // namespace wserve::gateway
