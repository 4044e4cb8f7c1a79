// By status, then by its class.
#include "http/site_pages.h"

#include <algorithm>

namespace wserve::http {

bool SitePages::is_name(base::ByteView name) noexcept {
  const bool is_error = name.size() == 3 && (name.front() == '4' || name.front() == '5');
  return is_error && (name.substr(1) == "xx" ||
                      std::all_of(name.begin(), name.end(),
                                  [](char digit) { return digit >= '0' && digit <= '9'; }));
}

const SitePage* SitePages::find(int status) const {
  if (pages_.empty()) {
    return nullptr;
  }
  auto found = pages_.find(std::to_string(status));
  if (found == pages_.end()) {
    found = pages_.find(std::to_string(status / 100) + "xx");
  }
  return found != pages_.end() ? &found->second : nullptr;
}

}  // namespace wserve::http
