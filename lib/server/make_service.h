// Translates options into what each room asks for.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "app/service.h"
#include "net/connection/loop_settings.h"
#include "net/listen/bind.h"
#include "net/listen/listen_spec.h"
#include "server/settings.h"

namespace wserve::server {

// Who turns the event loop, or loops: threads of their own; the worker, inside of
// ws_worker_next(); the host program, with ws_server_turn().
enum class Turned : std::uint8_t { kByThreads, kByWorker, kByHost };

// How many event loops there are to be: "auto" is one for each core that this process may use.
// Where a worker or a host turns it there is one only; kInvalid when more were asked for.
base::Status count_loops(const Settings& settings, Turned turned, unsigned& loops);

// The settings have been checked: these fail only for lack of memory.
[[nodiscard]] std::shared_ptr<app::Service> make_service(const Settings& settings, unsigned loops,
                                                         std::shared_ptr<base::Log> log);
// What may change while the server runs.
[[nodiscard]] gateway::ProxyPolicy make_policy(const Settings& settings, base::Log& log);
void tune(const Settings& settings, http::ParserLimits& limits) noexcept;
void tune(const Settings& settings, net::LoopSettings& loop) noexcept;

[[nodiscard]] net::LoopSettings make_loop_settings(const Settings& settings,
                                                   base::Storage& storage);
[[nodiscard]] net::BindSettings make_bind_settings(const Settings& settings);

// What to listen on, by whichever of the four ways was used. kInvalid names the entry.
base::Status make_listen_specs(const Settings& settings, bool host_or_port_is_set,
                               std::vector<net::ListenSpec>& specs);

}  // namespace wserve::server
