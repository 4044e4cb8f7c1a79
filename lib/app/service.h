// What all exchanges of one server share; constant while it runs, but for one flag, the rules for
// proxies and what is tunable.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "app/application.h"
#include "app/client_logs.h"
#include "app/event_counts.h"
#include "app/observer.h"
#include "app/running_requests.h"
#include "base/log.h"
#include "base/process_mark.h"
#include "base/storage.h"
#include "base/versions.h"
#include "gateway/environ_form.h"
#include "gateway/proxy_policy.h"
#include "gateway/site.h"
#include "http/request_parser.h"
#include "http/site_pages.h"

namespace wserve::app {

struct Service {
  explicit Service(
      std::shared_ptr<base::Log> its_log, gateway::Site its_site = {},
      std::shared_ptr<const base::Clock> its_clock = std::make_shared<base::SystemClock>())
      : log(*its_log),
        log_owner(std::move(its_log)),
        clock(std::move(its_clock)),
        site(std::move(its_site)) {}

  base::Log& log;
  const std::shared_ptr<base::Log> log_owner;
  const std::shared_ptr<const base::Clock> clock;
  mutable ClientLogs client_logs{log, *clock};
  const gateway::Site site;
  const gateway::EnvironForm environ_form{site};
  base::Versions<gateway::ProxyPolicy> proxy;
  http::ParserLimits limits;
  http::SitePages pages;  // the site's own, for errors
  bool expose_tracebacks = false;
  bool tells_timing = false;  // Server-Timing; only with observers, who measure
  // Who asks for them: the id, Server-Timing and ws.queue_time come from them, and what observers
  // are told.
  [[nodiscard]] bool reads_marks() const noexcept {
    const gateway::ProxyPolicy& policy = proxy.now();
    return policy.gives_ids() || policy.headers.has_mark();
  }
  // The one that answers; its children have copies of everything.
  const base::ProcessMark here;
  std::size_t inbuf_overflow = 524288;  // bytes of a body that stay in memory
  bool streams_bodies = false;          // each request is handed over at its head
  std::size_t body_window = 65536;      // bytes of a streamed body that nobody has read
  // The addresses that are listened on, by their numbers. Set before the server runs.
  std::vector<std::string> listeners;
  // Sees each request at its head, on a loop's thread; null for none. Set before the server runs.
  Application* at_head = nullptr;
  // Sees each answer before its head goes out; null for none. Set before the server runs.
  Application* at_answer = nullptr;
  // Null: nobody observes. Set before the server runs.
  std::unique_ptr<Observers> observers;
  // Null: nobody looks for slow ones. Set before the server runs.
  std::unique_ptr<RunningRequests> running;
  // How many requests whose client waits for "100 Continue" may hold an application thread while
  // their bodies come, and how many do.
  unsigned max_on_demand = 0;
  mutable std::atomic<unsigned> on_demand{0};
  mutable base::Storage storage;  // for all that waits, requests and answers
  mutable EventCounts counts;

  // Set once, by the loop that learns first that the server stops: answers then say "Connection:
  // close".
  mutable std::atomic<bool> is_draining{false};
};

}  // namespace wserve::app
