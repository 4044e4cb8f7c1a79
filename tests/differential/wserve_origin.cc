// The application behind the proxies: it answers with the path it was asked for.
#include "differential/wserve_origin.h"

#include <utility>

#include "support/cmocka.h"

namespace wserve::tests {

namespace {

std::string value_of(ws_request* request, const char* key) {
  const char* value = ws_request_get(request, key);
  return value != nullptr ? value : "";
}

}  // namespace

WserveOrigin::WserveOrigin() : server_(ws_server_new()) {
  assert_int_equal(ws_server_set(server_, "listen", "127.0.0.1:0"), WS_OK);
  // Proxies add fields to those of the client.
  assert_int_equal(ws_server_set(server_, "max_request_header_fields", "200"), WS_OK);
  assert_int_equal(ws_server_set(server_, "log_level", "none"), WS_OK);
  assert_int_equal(ws_server_set_app(server_, answer, this), WS_OK);
  assert_int_equal(ws_server_start(server_), WS_OK);
}

WserveOrigin::~WserveOrigin() {
  ws_server_drain(server_, 0);
  ws_server_join(server_);
  ws_server_free(server_);
}

std::vector<SeenRequest> WserveOrigin::take() {
  const std::scoped_lock lock(mutex_);
  return std::exchange(seen_, {});
}

ws_status WserveOrigin::answer(ws_request* request, void* origin) {
  SeenRequest seen{value_of(request, "HTTP_X_TAG"),
                   value_of(request, "REQUEST_METHOD"),
                   value_of(request, "PATH_INFO"),
                   {}};
  seen.body.resize(static_cast<std::size_t>(ws_request_body_size(request)));
  static_cast<void>(ws_request_read(request, seen.body.data(), seen.body.size()));
  const std::string text = answer_text(seen.path);
  {
    auto& self = *static_cast<WserveOrigin*>(origin);
    const std::scoped_lock lock(self.mutex_);
    self.seen_.push_back(std::move(seen));
  }
  return ws_request_reply(request, 200, "text/plain", text.data(), text.size());
}

}  // namespace wserve::tests
