// The accept loop and its manners under pressure.
#include "net/listen/acceptor.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/guard.h"
#include "base/text.h"
#include "base/uninterrupted.h"
#include "net/listen/socket_ends.h"

namespace wserve::net {

using base::Severity;

namespace {

constexpr unsigned kMaxAtOnce = 64;
constexpr base::Millis kStarvedPause{250};
// So many in a row that fail, and there is more to it than connections that have gone.
constexpr unsigned kMaxFailures = 16;

gateway::Endpoint to_endpoint(const sockaddr_storage& peer, const Listener& listener) noexcept {
  gateway::Endpoint endpoint;
  endpoint.server_port = listener.port;
  endpoint.listener = listener.number;
  name_peer(peer, endpoint);
  return endpoint;
}

// accept(2): errors of the connection that was waiting; the next may be better.
bool is_of_the_connection(int error) noexcept {
  constexpr std::array kErrors = {ECONNABORTED, EPROTO,       EPERM,       EOPNOTSUPP,
                                  ENOPROTOOPT,  ENETDOWN,     ENETUNREACH, ENONET,
                                  EHOSTDOWN,    EHOSTUNREACH, ETIMEDOUT};
  return std::find(kErrors.begin(), kErrors.end(), error) != kErrors.end();
}

}  // namespace

Acceptor::Acceptor(const LoopSettings& settings, ConnectionCounts& connection_counts,
                   const base::Clock& clock, app::ClientLogs& logs, Take take)
    : settings_(settings),
      connection_counts_(connection_counts),
      clock_(clock),
      logs_(logs),
      take_(std::move(take)) {}

base::Status Acceptor::open(event_base* base, int entered, const std::vector<Listener>& listeners) {
  // Not where loops run the application: one that is woken may be about to, for long, while the
  // others sleep.
  if (settings_.shares_listeners && !settings_.runs_inline) {
    exclusive_.open(entered);
  }
  watched_.reserve(listeners.size());
  for (const Listener& listener : listeners) {
    Watched& watched = watched_.emplace_back(Watched{this, &listener, nullptr, settings_.backlog});
    watched.event.reset(
        event_new(base, listener.socket.get(), EV_READ | EV_PERSIST, on_readable, &watched));
    if (!watched.event || !watch(watched)) {
      return base::Code::kNoMemory;
    }
  }
  return {};
}

bool Acceptor::watch(const Watched& watched) const noexcept {
  if (event_add(watched.event.get(), nullptr) != 0) {
    return false;
  }
  exclusive_.watch(watched.listener->socket.get());
  return true;
}

bool Acceptor::take_the_rest() noexcept {
  is_ending_ = true;
  pause(false);
  bool are_taken = true;
  static_cast<void>(base::guarded([&]() -> base::Status {
    for (Watched& watched : watched_) {
      are_taken = accept_rest(watched) && are_taken;
    }
    return {};
  }));
  return are_taken;
}

bool Acceptor::accept_rest(Watched& watched) {
  while (watched.left > 0) {
    --watched.left;
    if (!accept_one(*watched.listener)) {
      return !is_starved_;
    }
  }
  return true;
}

void Acceptor::on_readable(int /*socket*/, short /*what*/, void* watched) noexcept {
  const auto& self = *static_cast<Watched*>(watched);
  const base::Status accepted = base::guarded([&]() -> base::Status {
    self.acceptor->accept_some(*self.listener);
    return {};
  });
  if (!accepted.is_ok()) {
    self.acceptor->pause(true);
  }
}

void Acceptor::accept_some(const Listener& listener) {
  // One at a time when other loops listen too: a loop with nothing else to do takes the next.
  const unsigned max_at_once = settings_.shares_listeners ? 1 : kMaxAtOnce;
  for (unsigned i = 0; i < max_at_once; ++i) {
    if (is_full()) {
      on_full();
      pause(false);
      return;
    }
    if (!accept_one(listener)) {
      return;
    }
  }
  if (!is_paused_) {
    exclusive_.watch(listener.socket.get());
  }
}

bool Acceptor::accept_one(const Listener& listener) {
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  base::UniqueFd socket(base::uninterrupted([&] {
    return ::accept4(listener.socket.get(), reinterpret_cast<sockaddr*>(&peer), &size,
                     SOCK_NONBLOCK | SOCK_CLOEXEC);
  }));
  if (!socket.is_open()) {
    return on_failure(errno);
  }
  failures_ = 0;
  if (!listener.is_unix) {
    const int on = 1;  // a peer that has gone already makes this fail: no matter
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  take_(std::move(socket), to_endpoint(peer, listener), listener);
  return true;
}

// True when the next one may be tried at once.
bool Acceptor::on_failure(int error) noexcept {
  if (error == EAGAIN || error == EWOULDBLOCK) {
    return false;
  }
  static_cast<void>(base::guarded([&]() -> base::Status {
    logs_.accepting.write(Severity::kError,
                          base::concat("cannot accept connections: ", base::system_reason(error)));
    return {};
  }));
  if (is_of_the_connection(error) && ++failures_ < kMaxFailures) {
    return true;
  }
  // No descriptors, no memory, a socket that another process has shut down, or whatever else. It
  // stays readable: without a pause the loop would spin.
  failures_ = 0;
  pause(true);
  return false;
}

bool Acceptor::is_full() const noexcept {
  return connection_counts_.connections.load(std::memory_order_relaxed) >=
         settings_.connection_limit;
}

// At the limit each client that leaves lets another in, and the limit is reached again.
void Acceptor::on_full() noexcept {
  logs_.connection_limit.write(
      Severity::kWarning,
      "total open connections reached the connection limit, no longer accepting new "
      "connections");
}

void Acceptor::pause(bool until_later) noexcept {
  is_starved_ = until_later;
  starved_since_ = clock_.now();
  if (!std::exchange(is_paused_, true)) {
    for (const Watched& watched : watched_) {
      event_del(watched.event.get());
    }
  }
}

void Acceptor::on_closed(base::Millis now) noexcept {
  starved_since_ = std::min(starved_since_, now - kStarvedPause);
  reconsider(now);
}

void Acceptor::reconsider(base::Millis now) noexcept {
  if (!is_paused_ || is_ending_ || is_full() ||
      (is_starved_ && now - starved_since_ < kStarvedPause)) {
    return;
  }
  if (!is_starved_) {
    logs_.connection_limit.write(
        Severity::kInfo,
        "total open connections dropped below the connection limit, listening again");
  }
  is_paused_ = is_starved_ = false;
  for (const Watched& watched : watched_) {
    if (!watch(watched)) {
      is_paused_ = is_starved_ = true;
      starved_since_ = now;
    }
  }
}

}  // namespace wserve::net
