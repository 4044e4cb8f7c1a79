// The url_prefix option at work, and its normal form.
#include "gateway/url_prefix.h"

#include "gateway/site.h"
#include "http/target.h"

namespace wserve::gateway {

bool is_below(base::ByteView prefix, base::ByteView path) noexcept {
  return path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/');
}

base::ByteView path_below(base::ByteView prefix, base::ByteView path) noexcept {
  return !prefix.empty() && is_below(prefix, path)
             ? http::one_leading_slash(path.substr(prefix.size()))
             : path;
}

std::string normalize_prefix(const std::string& text) {
  base::ByteView rest = base::trim_space(text);
  while (rest.ends_with('/')) {
    rest.remove_suffix(1);
  }
  while (rest.starts_with('/')) {
    rest.remove_prefix(1);
  }
  return rest.empty() ? std::string() : "/" + std::string(rest);
}

}  // namespace wserve::gateway
