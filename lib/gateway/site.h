// What the operator says about the place that the application is served at.
#pragma once

#include <string>

namespace wserve::gateway {

struct Site {
  std::string url_scheme = "http";
  std::string url_prefix;  // "/foo", or empty; never ends with a slash
  std::string server_name = "wserve.invalid";
  std::string ident = "wserve";  // empty: no SERVER_SOFTWARE
  bool multithread = true;
};

// One leading slash, none at the end; "/" is as good as nothing.
[[nodiscard]] std::string normalize_prefix(const std::string& text);

}  // namespace wserve::gateway
