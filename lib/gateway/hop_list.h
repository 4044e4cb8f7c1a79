// Lists that each proxy appends to: the right-most item is the newest and the most trustworthy.
#pragma once

#include "base/bytes.h"
#include "gateway/trusted_peers.h"

namespace wserve::gateway {

// The last `count` comma-separated items, as they stand; all of them when there are fewer.
[[nodiscard]] base::ByteView last_items(base::ByteView list, unsigned count) noexcept;

// How many items, from the right, a chain of trusted proxies has written: one, and one more for
// each item that is itself the address of a trusted proxy. `address_of` finds the address in an
// item. With "*" in `peers` it is one: nobody could ever be told from a proxy.
[[nodiscard]] unsigned count_trusted_hops(base::ByteView list, const TrustedPeers& peers,
                                          base::ByteView (*address_of)(base::ByteView item));

// The "for" of a Forwarded element, without quotes; empty when it has none.
[[nodiscard]] base::ByteView forwarded_for_of(base::ByteView element);

}  // namespace wserve::gateway
