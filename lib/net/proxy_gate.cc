// Peeking at sockets until a PROXY header is complete.
#include "net/proxy_gate.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "base/guard.h"
#include "base/text.h"

namespace wserve::net {

using base::ByteView;
using gateway::Endpoint;
using Source = http::ProxyPreface::Source;

namespace {

using Buffer = std::array<char, http::kMostPrefaceBytes>;

// What has come so far; MSG_PEEK leaves it where it is. 0 when nothing is there, or an error.
std::size_t receive(int socket, Buffer& buffer, int flags) noexcept {
  ssize_t n = 0;
  do {
    n = ::recv(socket, buffer.data(), buffer.size(), flags);
  } while (n < 0 && errno == EINTR);
  return n > 0 ? static_cast<std::size_t>(n) : 0;
}

// The client's end of the connection, as the proxy describes it.
Endpoint client_of(const Endpoint& peer, const http::ProxyPreface& preface) {
  Endpoint client = peer;
  auto proxied = std::make_shared<gateway::ProxiedConnection>();
  proxied->proxy = gateway::peer_text(peer);
  proxied->is_tls = preface.is_tls;
  for (const http::ProxyTlv& tlv : preface.tlvs) {
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

ProxyGate::ProxyGate(const gateway::TrustedPeers& peers, Census& census, base::Log& log, Take take)
    : peers_(peers), census_(census), log_(log), take_(std::move(take)) {}

base::Status ProxyGate::admit(event_base* base, base::UniqueFd socket, const Endpoint& peer,
                              base::Millis now) {
  Waiter& waiter =
      waiting_.emplace_back(Waiter{this, std::move(socket), peer, now, nullptr, waiting_.end()});
  waiter.place = std::prev(waiting_.end());
  census_.connections.fetch_add(1, std::memory_order_relaxed);
  if (!peers_.trusts(peer)) {
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
    gate.look(self, (what & EV_CLOSED) != 0);
    return {};
  });
  if (!looked.is_ok()) {
    gate.log_.write(base::Severity::kError, "out of memory: a connection was dropped");
  }
}

void ProxyGate::look(Waiter& waiter, bool has_ended) {
  Buffer buffer;
  const std::size_t size = receive(waiter.socket.get(), buffer, MSG_PEEK);
  http::ProxyPreface preface;
  const auto verdict = http::read_proxy_preface({buffer.data(), size}, preface);
  switch (verdict.progress) {
    case http::ProxyVerdict::Progress::kReady:
      let_in(waiter, verdict.size, preface);
      break;
    case http::ProxyVerdict::Progress::kRefused:
      refuse(waiter, verdict.why);
      break;
    case http::ProxyVerdict::Progress::kNeedsMore:
      if (has_ended && size > 0) {
        refuse(waiter, "it ends too early");
      } else if (has_ended) {
        static_cast<void>(release(waiter));  // a balancer only looked whether we are there
      }
      break;
  }
}

void ProxyGate::let_in(Waiter& waiter, std::size_t header_bytes,
                       const http::ProxyPreface& preface) {
  Buffer header;
  static_cast<void>(::recv(waiter.socket.get(), header.data(), header_bytes, 0));
  const Endpoint client = client_of(waiter.peer, preface);
  take_(release(waiter), client);
}

void ProxyGate::refuse(Waiter& waiter, ByteView why) noexcept {
  static_cast<void>(base::guarded([&]() -> base::Status {
    log_.write(base::Severity::kWarning,
               base::concat("PROXY protocol: connection from \"", gateway::peer_text(waiter.peer),
                            "\" closed: ", why));
    return {};
  }));
  // With nothing left unread the proxy sees an end, not a reset.
  Buffer unread;
  static_cast<void>(receive(waiter.socket.get(), unread, 0));
  static_cast<void>(release(waiter));
}

base::UniqueFd ProxyGate::release(Waiter& waiter) noexcept {
  census_.connections.fetch_sub(1, std::memory_order_relaxed);
  waiter.event.reset();
  base::UniqueFd socket = std::move(waiter.socket);
  waiting_.erase(waiter.place);
  return socket;
}

void ProxyGate::enforce_limit(base::Millis now) noexcept {
  while (!waiting_.empty() && now - waiting_.front().since >= kLimit) {
    refuse(waiting_.front(), "its header took too long");
  }
}

void ProxyGate::let_go(base::Millis time) noexcept {
  while (!waiting_.empty() && waiting_.front().since <= time) {
    static_cast<void>(release(waiting_.front()));
  }
}

void ProxyGate::close() noexcept {
  while (!waiting_.empty()) {
    static_cast<void>(release(waiting_.front()));
  }
}

}  // namespace wserve::net
