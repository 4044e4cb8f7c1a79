// Lists that each proxy appends to: the right-most item is the newest and the most trustworthy.
#pragma once

#include "base/bytes.h"
#include "gateway/trusted_peers.h"

namespace wserve::gateway {

// Takes the last comma-separated item off the end of `list`, blanks around it removed. A comma
// inside a quoted-string separates nothing. Quotes are matched from the right, so that no quote in
// what a client has sent can reach into what a proxy has appended.
[[nodiscard]] base::ByteView take_last_item(base::ByteView& list) noexcept;

// The last `count` items, as they stand; all of them when there are fewer.
[[nodiscard]] base::ByteView last_items(base::ByteView list, unsigned count) noexcept;

// The first item, as take_last_item() tells them apart.
[[nodiscard]] base::ByteView first_item(base::ByteView list) noexcept;

// How many items, from the right, a chain of trusted proxies has written: one, and one more for
// each item that is itself the address of a trusted proxy. `address_of` finds the address in an
// item. With "*" in `peers` it is one: nobody could ever be told from a proxy.
[[nodiscard]] unsigned count_trusted_hops(base::ByteView list, const TrustedPeers& peers,
                                          base::ByteView (*address_of)(base::ByteView item));

}  // namespace wserve::gateway
