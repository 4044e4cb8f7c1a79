// What a server has for those who watch it.
#pragma once

#include <memory>

#include "net/listen/listeners.h"
#include "net/notify_socket.h"
#include "server/health.h"
#include "server/request_stats.h"
#include "server/status_pages.h"

namespace wserve::server {

struct Monitoring {
  net::Listeners listeners;  // of the option metrics_listen
  RequestStats requests;
  std::unique_ptr<Health> health;
  std::unique_ptr<HealthHook> hook;  // where there is a health_path
  std::unique_ptr<StatusPages> pages;
  std::unique_ptr<net::NotifySocket> notify;  // with systemd_notify
};

}  // namespace wserve::server
