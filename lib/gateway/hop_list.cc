// Walking proxy lists from the right.
#include "gateway/hop_list.h"

#include <cstring>

#include "gateway/node.h"

namespace wserve::gateway {

using base::ByteView;

namespace {

// Of the first `size` bytes; npos when there is none.
std::size_t last_comma(ByteView list, std::size_t size) noexcept {
  const void* const comma = ::memrchr(list.data(), ',', size);
  return comma != nullptr ? static_cast<std::size_t>(static_cast<const char*>(comma) - list.data())
                          : ByteView::npos;
}

}  // namespace

ByteView last_items(ByteView list, unsigned count) noexcept {
  std::size_t begin = list.size();
  while (count-- > 0 && begin > 0) {
    const std::size_t comma = last_comma(list, begin);
    if (comma == ByteView::npos) {
      return base::trim_blanks(list);
    }
    begin = count > 0 ? comma : comma + 1;
  }
  return base::trim_blanks(list.substr(begin));
}

unsigned count_trusted_hops(ByteView list, const TrustedPeers& peers,
                            ByteView (*address_of)(ByteView item)) {
  unsigned count = 1;
  while (!peers.is_everyone() && !list.empty()) {
    const std::size_t comma = last_comma(list, list.size());
    if (comma == ByteView::npos) {
      break;
    }
    const auto node = parse_node(address_of(base::trim_blanks(list.substr(comma + 1))));
    const auto address = node ? base::IpAddress::parse(node->name) : std::nullopt;
    if (!address || !peers.trusts(*address)) {
      break;
    }
    ++count;
    list = list.substr(0, comma);
  }
  return count;
}

ByteView forwarded_for_of(ByteView element) {
  while (!element.empty()) {
    ByteView value = base::take_until(element, ';');
    const ByteView name = base::take_until(value, '=');
    if (!base::equals_ignoring_case(name, "for")) {
      continue;
    }
    if (value.size() >= 2 && value.starts_with('"') && value.ends_with('"')) {
      value = value.substr(1, value.size() - 2);
    }
    return value;
  }
  return {};
}

}  // namespace wserve::gateway
