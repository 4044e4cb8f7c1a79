// Clients that have got their refusal instead of a connection, until they have read it.
#pragma once

#include <list>
#include <span>

#include "base/clock.h"
#include "net/connection/transport.h"
#include "net/events/event.h"

namespace wserve::net {

// Loop thread only. RFC 9112 §9.6: who is closed at once while it still sends is reset, which could
// take the answer away. These are no connections, and their address has too many already: so there
// are few, for a short time, and little is read of what they send.
class RejectedClients {
 public:
  static constexpr base::Millis kLimit{2'000};
  static constexpr std::size_t kMax = 16;  // then the one that waits longest goes
  static constexpr std::size_t kMaxBytes = 64 * 1024;

  // All is sent. What it sends is read away; it is closed at once when it cannot be watched.
  void admit(event_base* base, Transport transport, base::Millis now);
  void enforce_limit(base::Millis now) noexcept;
  void close() noexcept { waiting_.clear(); }
  [[nodiscard]] bool is_empty() const noexcept { return waiting_.empty(); }

 private:
  struct Client {
    RejectedClients* room;
    Transport transport;
    base::Millis since;
    Event event;
    std::list<Client>::iterator place;
    std::size_t taken = 0;
  };

  static void on_readable(int socket, short what, void* client) noexcept;

  std::list<Client> waiting_;  // the oldest first
};

}  // namespace wserve::net
