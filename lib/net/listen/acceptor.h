// Takes new connections off the listening sockets, and stops taking them when there are enough.
#pragma once

#include <functional>
#include <vector>

#include "app/client_logs.h"
#include "base/clock.h"
#include "gateway/endpoint.h"
#include "net/connection/loop_settings.h"
#include "net/events/event.h"
#include "net/events/exclusive_watch.h"
#include "net/listen/listener.h"

namespace wserve::net {

// Loop thread only.
class Acceptor {
 public:
  using Take = std::function<void(base::UniqueFd socket, const gateway::Endpoint& endpoint,
                                  const Listener& listener)>;

  Acceptor(const LoopSettings& settings, ConnectionCounts& connection_counts,
           const base::Clock& clock, app::ClientLogs& logs, Take take);

  // `listeners` must outlive the acceptor. `entered` is a descriptor that `base` alone watches.
  base::Status open(event_base* base, int entered, const std::vector<Listener>& listeners);
  // The server stops: takes those who wait already, also above the connection limit. False when
  // there was no descriptor for somebody; then it is to be called again.
  [[nodiscard]] bool take_the_rest() noexcept;
  // Those who still wait are refused.
  void close() noexcept { watched_.clear(); }
  [[nodiscard]] bool is_open() const noexcept { return !watched_.empty(); }

  // Listens again when there is room. The first when connections have closed, which leaves their
  // descriptors; the second now and then, when a pause may be over.
  void on_closed(base::Millis now) noexcept;
  void reconsider(base::Millis now) noexcept;
  [[nodiscard]] bool is_paused() const noexcept { return is_paused_; }

 private:
  struct Watched {
    Acceptor* acceptor;
    const Listener* listener;
    Event event;
    unsigned left;  // that may still be taken when the server stops: no more can wait
  };

  [[nodiscard]] bool watch(const Watched& watched) const noexcept;
  static void on_readable(int socket, short what, void* watched) noexcept;
  void accept_some(const Listener& listener);
  // False when it is to be tried again.
  [[nodiscard]] bool accept_rest(Watched& watched);
  // False when no more can be taken now.
  [[nodiscard]] bool accept_one(const Listener& listener);
  [[nodiscard]] bool on_failure(int error) noexcept;
  [[nodiscard]] bool is_full() const noexcept;
  void on_full() noexcept;
  void pause(bool until_later) noexcept;

  const LoopSettings& settings_;
  ConnectionCounts& connection_counts_;
  const base::Clock& clock_;
  app::ClientLogs& logs_;
  const Take take_;
  ExclusiveWatch exclusive_;  // where other loops listen, too
  std::vector<Watched> watched_;
  bool is_paused_ = false;
  bool is_ending_ = false;   // nobody is waited for any more
  unsigned failures_ = 0;    // in a row
  bool is_starved_ = false;  // no descriptors or memory: wait a while
  base::Millis starved_since_{0};
};

}  // namespace wserve::net
