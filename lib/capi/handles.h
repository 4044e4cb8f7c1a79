// What the opaque handles are.
#pragma once

#include <memory>

#include <wserve/server.h>
#include <wserve/worker.h>

#include "app/application.h"
#include "app/consumer.h"
#include "app/exchange.h"
#include "app/wake_event.h"
#include "server/log_queue.h"
#include "server/server.h"

namespace wserve::capi {

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
  std::shared_ptr<wserve::server::LogQueue> kept_log;     // null: nobody takes lines
  wserve::server::LogQueue::Line taken_line{};            // the last one
  std::shared_ptr<wserve::server::LogQueue> kept_access;  // the same of the access log
  wserve::server::LogQueue::Line taken_access{};
  std::shared_ptr<wserve::server::LogQueue> kept_slow;  // and of slow requests
  wserve::server::LogQueue::Line taken_slow{};
};

struct ws_worker {
  wserve::base::Ref<wserve::server::Server> server;
  wserve::app::PolledEvent event;
  wserve::app::Consumer consumer{event};
};

struct ws_next {
  wserve::app::Application& application;
};
