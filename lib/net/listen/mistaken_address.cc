// Recognizes a port alone, URLs, lists with commas, and paths.
#include "net/listen/mistaken_address.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace wserve::net {

namespace {

using base::ByteView;

// A scheme, and what stands instead of it.
struct Scheme {
  ByteView name;
  ByteView instead;
};
constexpr std::array kSchemes = {
    Scheme{"http:", ""},
    Scheme{"https:", ""},
    Scheme{"tcp:", ""},
    Scheme{"tcp4:", ""},
    Scheme{"tcp6:", ""},
    Scheme{"inet:", ""},
    Scheme{"inet6:", ""},
    Scheme{"ssl:", ""},
    Scheme{"tls:", ""},
    Scheme{"fd://", "fd:"},
    Scheme{"file:", "unix:"},
    Scheme{"sock:", "unix:"},
    Scheme{"unix-listen:", "unix:"},
};

bool is_number(ByteView text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), base::is_digit);
}

const Scheme* scheme_of(ByteView address) noexcept {
  const auto* found = std::find_if(kSchemes.begin(), kSchemes.end(), [&](const Scheme& scheme) {
    return base::equals_ignoring_case(address.substr(0, scheme.name.size()), scheme.name);
  });
  return found != kSchemes.end() ? found : nullptr;
}

// "tcp:80" is a host of that name as well, with a port; nobody has such a host.
std::string without_scheme(const Scheme& scheme, ByteView address) {
  ByteView rest = address.substr(scheme.name.size());
  if (scheme.instead.empty()) {
    rest.remove_prefix(std::min(rest.find_first_not_of('/'), rest.size()));
    rest = base::take_until(rest, '/');
  }
  const bool is_secure = scheme.name == "https:" || scheme.name == "ssl:" || scheme.name == "tls:";
  return base::concat("an address has no ", scheme.name.substr(0, scheme.name.find(':')),
                      ": in front", is_secure ? ", and TLS is the proxy's" : "", "; write ",
                      scheme.instead, is_number(rest) && scheme.instead.empty() ? "*:" : "",
                      rest.empty() ? "HOST:PORT" : rest);
}

}  // namespace

std::string mistake_in(ByteView address) {
  if (is_number(address)) {
    return base::concat("a port alone; write *:", address, " or 127.0.0.1:", address);
  }
  if (address.find(',') != ByteView::npos && !address.starts_with("unix:")) {
    return "several addresses stand between blanks, not commas";
  }
  if (const Scheme* scheme = scheme_of(address); scheme != nullptr) {
    return without_scheme(*scheme, address);
  }
  if (address.starts_with('/') || address.starts_with("./") || address.starts_with('@')) {
    return base::concat("a Unix socket is written unix:", address);
  }
  if (address.starts_with(':') && is_number(address.substr(1))) {
    return base::concat("the host is missing; \"*\" stands for every address: write *", address);
  }
  return {};
}

}  // namespace wserve::net
