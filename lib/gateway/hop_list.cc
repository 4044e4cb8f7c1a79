// Walking proxy lists from the right.
#include "gateway/hop_list.h"

#include <cstring>

#include "gateway/node.h"

namespace wserve::gateway {

using base::ByteView;

namespace {

// Of the first `size` bytes; npos when there is none.
std::size_t last_comma(ByteView list, std::size_t size) noexcept {
  if (size == 0) {
    return ByteView::npos;  // there may be no data at all
  }
  const void* const comma = ::memrchr(list.data(), ',', size);
  return comma != nullptr ? static_cast<std::size_t>(static_cast<const char*>(comma) - list.data())
                          : ByteView::npos;
}

bool is_escaped(ByteView text, std::size_t place) noexcept {
  std::size_t slashes = 0;
  while (slashes < place && text[place - slashes - 1] == '\\') {
    ++slashes;
  }
  return slashes % 2 == 1;
}

// The last comma outside of quotes, seen from the right; npos when there is none. A quote that
// closes stands behind no backslash, and one inside a quoted-string does (RFC 9110 §5.6.4).
std::size_t separating_comma(ByteView list) noexcept {
  const std::size_t comma = last_comma(list, list.size());
  if (comma == ByteView::npos ||
      ::memchr(list.data() + comma, '"', list.size() - comma) == nullptr) {
    return comma;
  }
  bool is_quoted = false;
  for (std::size_t at = list.size(); at-- > 0;) {
    if (list[at] == '"') {
      is_quoted = !is_quoted || is_escaped(list, at);
    } else if (list[at] == ',' && !is_quoted) {
      return at;
    }
  }
  return ByteView::npos;
}

bool is_trusted_hop(ByteView item, const TrustedPeers& peers) {
  const auto node = parse_node(item);
  const auto address = node ? base::IpAddress::parse(node->name) : std::nullopt;
  return item == kUnixNode ? peers.trusts_unix() : address && peers.trusts(*address);
}

}  // namespace

ByteView take_last_item(ByteView& list) noexcept {
  const std::size_t comma = separating_comma(list);
  const bool is_only = comma == ByteView::npos;
  const ByteView item = base::trim_blanks(is_only ? list : list.substr(comma + 1));
  list = is_only ? ByteView() : list.substr(0, comma);
  return item;
}

ByteView last_items(ByteView list, unsigned count) noexcept {
  ByteView before = list;
  while (count-- > 0) {
    const std::size_t comma = separating_comma(before);
    if (comma == ByteView::npos) {
      return base::trim_blanks(list);
    }
    before = before.substr(0, comma);
  }
  return base::trim_blanks(list.substr(before.size() + 1));
}

ByteView first_item(ByteView list) noexcept {
  if (list.find(',') != ByteView::npos) {
    while (separating_comma(list) != ByteView::npos) {
      static_cast<void>(take_last_item(list));
    }
  }
  return base::trim_blanks(list);
}

unsigned count_trusted_hops(ByteView list, const TrustedPeers& peers,
                            ByteView (*address_of)(ByteView item)) {
  unsigned count = 1;
  while (!peers.is_everyone() && separating_comma(list) != ByteView::npos) {
    if (!is_trusted_hop(address_of(take_last_item(list)), peers)) {
      break;
    }
    ++count;
  }
  return count;
}

}  // namespace wserve::gateway
