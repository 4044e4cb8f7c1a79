// ws_status_*, ws_last_error and the versions.
#include <wserve/status.h>

#include "capi/last_error.h"
#include "capi/status_names.h"

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
