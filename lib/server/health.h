// Whether the server lives, and whether it should get more requests.
#pragma once

#include <memory>
#include <string>

#include "app/application.h"
#include "app/dispatcher.h"
#include "app/service.h"
#include "base/clock.h"
#include "net/monitor.h"

namespace wserve::server {

// Any thread; it never waits.
class Health {
 public:
  // `path` is the option health_path, empty for none. All outlive the health.
  Health(std::string path, base::Millis max_wait, const app::Service& service,
         const app::Dispatcher& dispatcher) noexcept
      : path_(std::move(path)), max_wait_(max_wait), service_(service), dispatcher_(dispatcher) {}

  // PATH and PATH/ready: 200, or 503 and the reason while the server stops or requests have waited
  // too long; PATH/live: 200 as long as anybody answers at all. False for any other path.
  [[nodiscard]] bool answers(base::ByteView path, net::MonitorPage& page) const;
  // The same below another path.
  [[nodiscard]] bool answers_below(base::ByteView prefix, base::ByteView path,
                                   net::MonitorPage& page) const;
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  [[nodiscard]] net::MonitorPage ready() const;

  const std::string path_;
  const base::Millis max_wait_;  // 0: none is too long
  const app::Service& service_;
  const app::Dispatcher& dispatcher_;
};

// At the head of each request, on the loop's thread: the application may be stuck.
class HealthHook final : public app::Application {
 public:
  // `next` sees all other requests; null for none.
  HealthHook(const Health& health, app::Application* next) noexcept
      : health_(health), next_(next) {}
  base::Status handle(app::Exchange& exchange) override;

 private:
  const Health& health_;
  app::Application* const next_;
};

}  // namespace wserve::server
