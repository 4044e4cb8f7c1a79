// What the server opens and shows for those who watch it.
#include <algorithm>

#include "base/text.h"
#include "server/make_service.h"
#include "server/server.h"
#include "server/sizing.h"

namespace wserve::server {

using base::Status;

// `taken` are those of the option listen.
Status Server::make_monitor_specs(const std::vector<net::ListenSpec>& taken,
                                  std::vector<net::ListenSpec>& specs) const {
  const Settings& settings = options_.settings();
  for (const std::string& entry : settings.metrics_listen) {
    net::ListenSpec spec;
    Status parsed = net::parse_listen_spec(
        entry, {.option = "metrics_listen", .port = "9113", .mode = settings.unix_socket_perms},
        spec);
    if (!parsed.is_ok()) {
      return parsed;
    }
    const bool is_taken = std::any_of(
        taken.begin(), taken.end(), [&](const auto& other) { return spec.is_same_address(other); });
    if (is_taken) {
      return {base::Code::kConflict, base::concat(net::named(spec), " is an address of listen")};
    }
    specs.push_back(std::move(spec));
  }
  return {};
}

Status Server::listen_for_monitors(const std::vector<net::ListenSpec>& taken) {
  std::vector<net::ListenSpec> specs;
  if (Status made = make_monitor_specs(taken, specs); !made.is_ok() || specs.empty()) {
    return made;
  }
  return monitoring_.listeners.bind(specs, make_bind_settings(options_.settings()));
}

// As they are now.
MetricsLabels Server::labels(unsigned loops) const {
  const base::MutexLock lock(change_mutex_);
  const Settings& settings = current().settings();
  const auto text = [](auto number) { return std::to_string(number); };
  return {.build = {{"version", WSERVE_VERSION}},
          .config = {{"threads", text(settings.threads)},
                     {"loops", text(loops)},
                     {"connection_limit", text(settings.connection_limit)},
                     {"queue_limit", text(settings.queue_limit)},
                     {"body_streaming", settings.body_streaming ? "true" : "false"}}};
}

// Before the loops open.
void Server::prepare_monitoring(unsigned loops) {
  const Settings& settings = options_.settings();
  monitoring_.health = std::make_unique<Health>(settings.health_path, settings.health_queue_time,
                                                *service_, dispatcher());
  monitoring_.pages =
      std::make_unique<StatusPages>([this] { return stat_sources(); },
                                    [this, loops] { return labels(loops); }, *monitoring_.health);
  if (!settings.health_path.empty()) {
    monitoring_.hook = std::make_unique<HealthHook>(*monitoring_.health, service_->at_head);
    service_->at_head = monitoring_.hook.get();
  }
  if (settings.systemd_notify) {
    monitoring_.notify = std::make_unique<net::NotifySocket>();
  }
  if (!settings.metrics_listen.empty()) {
    if (!service_->observers) {
      service_->observers = std::make_unique<app::Observers>(clock_);
    }
    service_->observers->all.push_back(&monitoring_.requests);
  }
}

void Server::say_ready() const noexcept {
  if (monitoring_.notify) {
    const char* where = listeners_.address(0);
    const Status said = monitoring_.notify->say_ready(where != nullptr ? where : "");
    if (!said.is_ok()) {
      log_->write(base::Severity::kWarning,
                  base::concat("the service manager does not know that the server is ready: ",
                               said.message()));
    }
  }
}

std::string Server::explain_sizing() const {
  return server::explain_sizing(options_.settings());
}

StatSources Server::stat_sources() const noexcept {
  // Until the server runs, another thread may be about to make these.
  const bool is_made = state_ >= State::kRunning;
  const app::Dispatcher* own = is_made ? dispatcher_.get() : nullptr;
  const bool counts_requests = !options_.settings().metrics_listen.empty();
  return {.connection_counts = connection_counts_,
          .loops = loops_,
          .dispatcher = own != nullptr ? *own : pulled_,
          .service = is_made ? service_.get() : nullptr,
          .log = *log_,
          .connection_limit = is_made ? loop_settings_.connection_limit.get()
                                      : options_.settings().connection_limit,
          .requests = counts_requests ? &monitoring_.requests : nullptr};
}

std::int64_t Server::statistic(base::ByteView name) const noexcept {
  const Stat* stat = find_stat(name);
  return stat != nullptr ? stat->read(stat_sources()) : -1;
}

}  // namespace wserve::server
