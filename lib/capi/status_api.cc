// ws_status_*, ws_last_error, the versions and what the build has.
#include <algorithm>
#include <string_view>

#include <wserve/status.h>

#include "capi/last_error.h"
#include "capi/status_names.h"
#include "filters/coder.h"

const char* ws_status_name(ws_status status) {
  return wserve::capi::name_of(status);
}

const char* ws_last_error() {
  return wserve::capi::last_error();
}

const char* ws_version() {
  return WS_VERSION_TEXT;
}

int ws_abi_version() {
  return 1;
}

int ws_has_feature(const char* name) {
  const std::string_view asked = name != nullptr ? name : "";
  const auto all = wserve::filters::codings();
  return std::any_of(all.begin(), all.end(),
                     [asked](const auto& coding) {
                       return coding.is_built && (asked == coding.feature || asked == "compress");
                     })
             ? 1
             : 0;
}
