// What the opaque handles are.
#pragma once

#include <vector>

#include <wserve/server.h>
#include <wserve/worker.h>

#include "app/application.h"
#include "app/exchange.h"
#include "app/pull_queue.h"
#include "server/server.h"

namespace wserve::capi {

// The application behind the C callbacks: filters first, then the callback, or the workers.
class Callbacks final : public app::Application {
 public:
  void set_app(ws_app_fn app, void* data) noexcept {
    app_ = app;
    app_data_ = data;
  }
  void add_filter(ws_filter_fn filter, void* data) { filters_.push_back({filter, data}); }

  base::Status handle(app::Exchange& exchange) override;

  // Filter number `index`, or what stands behind the last one.
  ws_status call(std::size_t index, ws_request* request) const;

 private:
  struct Filter {
    ws_filter_fn function;
    void* data;
  };

  std::vector<Filter> filters_;
  ws_app_fn app_ = nullptr;  // null: workers pull
  void* app_data_ = nullptr;
};

// A ws_request is the exchange itself.
inline app::Exchange& unwrap(ws_request* request) noexcept {
  return *reinterpret_cast<app::Exchange*>(request);
}
inline ws_request* wrap(app::Exchange& exchange) noexcept {
  return reinterpret_cast<ws_request*>(&exchange);
}

}  // namespace wserve::capi

struct ws_server {
  wserve::base::Ref<wserve::server::Server> server;
  wserve::capi::Callbacks* callbacks;  // the server's application
};

struct ws_worker {
  wserve::base::Ref<wserve::server::Server> server;
  wserve::app::PullSeat seat;
};

struct ws_next {
  const wserve::capi::Callbacks* callbacks;
  std::size_t index;
};
