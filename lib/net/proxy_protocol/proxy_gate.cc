// Peeking at sockets until a PROXY header is complete.
#include "net/proxy_protocol/proxy_gate.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/guard.h"
#include "base/text.h"
#include "base/uninterrupted.h"

namespace wserve::net {

using base::ByteView;
using gateway::Endpoint;
using Source = ProxyPreface::Source;

namespace {

using Progress = ProxyVerdict::Progress;
using Buffer = std::array<char, 4096>;

// As recv(2).
ssize_t receive(int socket, Buffer& buffer, std::size_t max, int flags) noexcept {
  return base::uninterrupted(
      [&] { return ::recv(socket, buffer.data(), std::min(max, buffer.size()), flags); });
}

// The client's end of the connection, as the proxy describes it.
Endpoint client_of(const Endpoint& peer, const ProxyPreface& preface) {
  Endpoint client = peer;
  auto proxied = std::make_shared<gateway::ProxiedConnection>();
  proxied->proxy = gateway::peer_text(peer);
  proxied->has_client = preface.source == Source::kInet;
  proxied->is_tls = preface.is_tls;
  for (const ProxyTlv& tlv : preface.tlvs) {
    proxied->tlvs.emplace_back(tlv.name, tlv.value);
  }
  client.proxied = std::move(proxied);
  if (preface.source == Source::kInet) {
    client.is_unix = false;
    client.peer_address = preface.client;
    client.peer_port = preface.client_port;
    client.server_port = preface.server_port;
  } else if (preface.source == Source::kUnix) {
    client.is_unix = true;
  }
  return client;
}

}  // namespace

ProxyGate::ProxyGate(const base::Versions<gateway::ProxyPolicy>& policy,
                     const base::Tunable<std::size_t>& max_bytes,
                     ConnectionCounts& connection_counts, base::Log& log, app::EventCounts& counts,
                     Take take)
    : policy_(policy),
      max_bytes_(max_bytes),
      connection_counts_(connection_counts),
      log_(log),
      counts_(counts),
      take_(std::move(take)) {}

base::Status ProxyGate::admit(event_base* base, base::UniqueFd socket, const Endpoint& peer,
                              base::Millis now) {
  Waiter& waiter = waiting_.emplace_back(
      Waiter{this, std::move(socket), peer, now, nullptr, waiting_.end(), 0, {}});
  waiter.place = std::prev(waiting_.end());
  connection_counts_.connections.fetch_add(1, std::memory_order_relaxed);
  if (!policy_.now().peers.trusts(peer)) {
    refuse(waiter, "the peer is no trusted_proxy");
    return {};
  }
  constexpr short kArrival = EV_READ | EV_CLOSED | EV_ET | EV_PERSIST;
  waiter.event.reset(event_new(base, waiter.socket.get(), kArrival, on_readable, &waiter));
  if (!waiter.event || event_add(waiter.event.get(), nullptr) != 0) {
    static_cast<void>(release(waiter));
    return base::Code::kNoMemory;
  }
  return {};
}

void ProxyGate::on_readable(int /*socket*/, short what, void* waiter) noexcept {
  auto& self = *static_cast<Waiter*>(waiter);
  ProxyGate& gate = *self.gate;
  const base::Status looked = base::guarded([&]() -> base::Status {
    gate.on_readable(self, (what & EV_CLOSED) != 0);
    return {};
  });
  if (!looked.is_ok()) {
    gate.log_.write(base::Severity::kError, "out of memory: a connection was dropped");
  }
}

void ProxyGate::on_readable(Waiter& waiter, bool has_ended) {
  if (waiter.size > 0) {
    take_header(waiter, has_ended);
    return;
  }
  Buffer start;
  const ssize_t n = receive(waiter.socket.get(), start, kPrefaceStartBytes, MSG_PEEK);
  const std::size_t size = n > 0 ? static_cast<std::size_t>(n) : 0;
  ProxyPreface preface;
  const auto verdict = read_proxy_preface({start.data(), size}, preface, max_bytes_);
  waiter.size = verdict.size;
  if (verdict.progress == Progress::kRefused) {
    judge(waiter, verdict, preface);
  } else if (waiter.size > 0) {
    take_header(waiter, has_ended);
  } else if (has_ended && size > 0) {
    refuse(waiter, "it ends too early");
  } else if (has_ended) {
    static_cast<void>(release(waiter));  // a balancer only looked whether we are there
  }
}

// To its last byte, and no further.
void ProxyGate::take_header(Waiter& waiter, bool has_ended) {
  Buffer piece;
  while (waiter.taken.size() < waiter.size) {
    const ssize_t n = receive(waiter.socket.get(), piece, waiter.size - waiter.taken.size(), 0);
    if (n <= 0) {
      if (has_ended) {
        refuse(waiter, "it ends too early");
      }
      return;
    }
    waiter.taken.append(piece.data(), static_cast<std::size_t>(n));
  }
  ProxyPreface preface;
  judge(waiter, read_proxy_preface(waiter.taken, preface, max_bytes_), preface);
}

void ProxyGate::judge(Waiter& waiter, const ProxyVerdict& verdict, const ProxyPreface& preface) {
  if (verdict.progress != Progress::kReady) {
    refuse(waiter, verdict.why != nullptr ? verdict.why : "it cannot be read");
    return;
  }
  const Endpoint client = client_of(waiter.peer, preface);
  take_(release(waiter), client);
}

void ProxyGate::refuse(Waiter& waiter, ByteView why) noexcept {
  counts_.count(app::RefusalReason::kProxyProtocol);
  static_cast<void>(base::guarded([&]() -> base::Status {
    log_.write(base::Severity::kWarning,
               base::concat("PROXY protocol: connection from \"", gateway::peer_text(waiter.peer),
                            "\" closed: ", why));
    return {};
  }));
  // With nothing left unread the proxy sees an end, not a reset.
  Buffer unread;
  static_cast<void>(receive(waiter.socket.get(), unread, unread.size(), 0));
  static_cast<void>(release(waiter));
}

base::UniqueFd ProxyGate::release(Waiter& waiter) noexcept {
  connection_counts_.connections.fetch_sub(1, std::memory_order_relaxed);
  waiter.event.reset();
  base::UniqueFd socket = std::move(waiter.socket);
  waiting_.erase(waiter.place);
  return socket;
}

// Looks once more, for the loop may not have been there to hear of it. True when the waiter is one
// no more.
bool ProxyGate::has_come(Waiter& waiter) noexcept {
  const std::size_t before = waiting_.size();
  on_readable(waiter.socket.get(), EV_READ, &waiter);
  return waiting_.size() < before;
}

void ProxyGate::enforce_limit(base::Millis now) noexcept {
  while (!waiting_.empty() && now - waiting_.front().since >= kLimit) {
    if (Waiter& late = waiting_.front(); !has_come(late)) {
      counts_.count(app::TimeoutKind::kProxy);
      refuse(late, "its header took too long");
    }
  }
}

void ProxyGate::let_go(base::Millis time) noexcept {
  while (!waiting_.empty() && waiting_.front().since <= time) {
    if (Waiter& idle = waiting_.front(); !has_come(idle)) {
      static_cast<void>(release(idle));
    }
  }
}

void ProxyGate::close() noexcept {
  while (!waiting_.empty()) {
    static_cast<void>(release(waiting_.front()));
  }
}

}  // namespace wserve::net
