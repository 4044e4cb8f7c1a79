// The keys of every environ, in their order.
#include "gateway/environ_form.h"

namespace wserve::gateway {

EnvironForm::EnvironForm(const Site& site) : site_(site) {
  // As in Place.
  for (const char* key :
       {"REQUEST_METHOD", "PATH_INFO", "QUERY_STRING", "REQUEST_URI", "SERVER_PROTOCOL",
        "REMOTE_ADDR", "REMOTE_HOST", "REMOTE_PORT", "SERVER_PORT"}) {
    blank_.add(key, "");
  }
  blank_.add("SCRIPT_NAME", site.url_prefix);
  blank_.add("SERVER_NAME", site.server_name);
  if (!site.ident.empty()) {
    blank_.add("SERVER_SOFTWARE", site.ident);
  }
  blank_.add("ws.url_scheme", site.url_scheme);
  blank_.add("ws.version", "1.0");
  blank_.add("ws.multithread", site.multithread ? "true" : "false");
  blank_.add("ws.input_terminated", "true");
}

}  // namespace wserve::gateway
