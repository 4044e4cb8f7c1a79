// What the metrics listener shows.
#pragma once

#include <functional>

#include "net/monitor.h"
#include "server/health.h"
#include "server/metrics_text.h"

namespace wserve::server {

// Any thread; constant while the server runs.
class StatusPages final : public net::MonitorPages {
 public:
  using Sources = std::function<StatSources()>;
  using Labels = std::function<MetricsLabels()>;

  // `health` outlives the pages.
  StatusPages(Sources sources, Labels labels, const Health& health)
      : sources_(std::move(sources)), labels_(std::move(labels)), health_(health) {}

  // /metrics, /healthz, /healthz/live, /healthz/ready, what health_path says, and / and
  // /status.json for people.
  [[nodiscard]] net::MonitorPage page_for(const http::Request& request) override;

 private:
  [[nodiscard]] net::MonitorPage metrics_page(const http::Request& request) const;
  [[nodiscard]] std::string status_json() const;

  const Sources sources_;
  const Labels labels_;
  const Health& health_;
};

}  // namespace wserve::server
