// Where connections wait until a TCP proxy has said who they come from (PROXY protocol).
#pragma once

#include <functional>
#include <list>
#include <string>

#include "app/event_counts.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/versions.h"
#include "gateway/endpoint.h"
#include "gateway/proxy_policy.h"
#include "net/connection/loop_settings.h"
#include "net/events/event.h"
#include "net/proxy_protocol/proxy_header.h"

namespace wserve::net {

// Loop thread only. Looks at what has come without taking it from the socket, until the header is
// complete or has said how long it is, so that nothing of what follows is ever read here. A header
// that is malformed, late, or not from a trusted peer closes the connection without an answer, with
// a line in the log.
class ProxyGate {
 public:
  // Called with connections that may go on; the endpoint is the client's.
  using Take = std::function<void(base::UniqueFd socket, const gateway::Endpoint& client)>;

  static constexpr base::Millis kLimit{5'000};

  // No header may have more than `max_bytes`.
  ProxyGate(const base::Versions<gateway::ProxyPolicy>& policy,
            const base::Tunable<std::size_t>& max_bytes, ConnectionCounts& connection_counts,
            base::Log& log, app::EventCounts& counts, Take take);

  // A new connection; kNoMemory when it cannot be watched.
  base::Status admit(event_base* base, base::UniqueFd socket, const gateway::Endpoint& peer,
                     base::Millis now);
  // Closes those that have waited too long.
  void enforce_limit(base::Millis now) noexcept;
  // Closes those that came at this time or before, without a word: the server stops.
  void let_go(base::Millis time) noexcept;
  // Closes all.
  void close() noexcept;
  [[nodiscard]] bool is_empty() const noexcept { return waiting_.empty(); }

 private:
  struct Waiter {
    ProxyGate* gate;
    base::UniqueFd socket;
    gateway::Endpoint peer;
    base::Millis since;
    Event event;
    std::list<Waiter>::iterator place;
    std::size_t size = 0;  // of the header, once it has said it
    std::string taken;     // so much of that
  };

  static void on_readable(int socket, short what, void* waiter) noexcept;
  void on_readable(Waiter& waiter, bool has_ended);
  [[nodiscard]] bool has_come(Waiter& waiter) noexcept;
  void take_header(Waiter& waiter, bool has_ended);
  void judge(Waiter& waiter, const ProxyVerdict& verdict, const ProxyPreface& preface);
  void refuse(Waiter& waiter, base::ByteView why) noexcept;
  [[nodiscard]] base::UniqueFd release(Waiter& waiter) noexcept;

  const base::Versions<gateway::ProxyPolicy>& policy_;
  const base::Tunable<std::size_t>& max_bytes_;
  ConnectionCounts& connection_counts_;
  base::Log& log_;
  app::EventCounts& counts_;
  const Take take_;
  std::list<Waiter> waiting_;  // the oldest first
};

}  // namespace wserve::net
