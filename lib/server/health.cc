// Answers about the server's health.
#include "server/health.h"

#include "app/exchange.h"
#include "base/text.h"

namespace wserve::server {

using base::ByteView;
using net::MonitorPage;

MonitorPage Health::ready() const {
  if (service_.is_draining.load(std::memory_order_relaxed)) {
    return {.status = 503, .body = "draining\n"};
  }
  const base::Millis waited = dispatcher_.behind_for();
  if (max_wait_ > base::Millis(0) && waited >= max_wait_) {
    return {.status = 503,
            .body = base::concat("overloaded: requests have waited for ", waited.count() / 1000,
                                 " seconds\n")};
  }
  return {.body = "ready\n"};
}

bool Health::answers_below(ByteView prefix, ByteView path, MonitorPage& page) const {
  if (prefix.empty() || !path.starts_with(prefix)) {
    return false;
  }
  path.remove_prefix(prefix.size());
  if (path.empty() || path == "/ready") {
    page = ready();
    return true;
  }
  if (path == "/live") {
    page = {.body = "live\n"};
    return true;
  }
  return false;
}

bool Health::answers(ByteView path, MonitorPage& page) const {
  return answers_below(path_, path, page);
}

base::Status HealthHook::handle(app::Exchange& exchange) {
  MonitorPage page;
  const http::Request& request = exchange.request();
  if (health_.answers(request.uri.path, page)) {
    base::Status added = exchange.response().add_field("Cache-Control", "no-store");
    if (request.method != "GET" && request.method != "HEAD") {
      page = MonitorPage::of_method_not_allowed();
      added = exchange.response().add_field("Allow", page.allow);
    }
    return added.is_ok() ? exchange.reply(page.status, page.content_type, page.body) : added;
  }
  return next_ != nullptr ? next_->handle(exchange) : base::Status();
}

}  // namespace wserve::server
