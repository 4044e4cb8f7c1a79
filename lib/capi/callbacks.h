// C callbacks as applications and filters.
#pragma once

#include <wserve/server.h>

#include "app/application.h"
#include "app/filter.h"
#include "server/server.h"

namespace wserve::capi {

class CallbackApp final : public app::Application {
 public:
  CallbackApp(ws_app_fn app, void* data) noexcept : app_(app), data_(data) {}
  base::Status handle(app::Exchange& exchange) override;

 private:
  const ws_app_fn app_;
  void* const data_;
};

class CallbackFilter final : public app::Filter {
 public:
  CallbackFilter(ws_filter_fn filter, void* data) noexcept : filter_(filter), data_(data) {}
  base::Status handle(app::Exchange& exchange, app::Application& next) override;

 private:
  const ws_filter_fn filter_;
  void* const data_;
};

// Gives the server a callback that it has a place for, or takes it away; null for none.
ws_status set_hook(ws_server* server, ws_app_fn hook, void* data,
                   base::Status (server::Server::*set)(std::unique_ptr<app::Application>));

}  // namespace wserve::capi
