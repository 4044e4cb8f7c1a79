// The listening sockets of a server, from the time they are bound until nobody accepts any more.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "net/listen/bind.h"
#include "net/listen/bind_unix.h"
#include "net/listen/listener.h"

namespace wserve::net {

// bind() and close() on one thread at a time; questions are for any thread.
class Listeners {
 public:
  Listeners() = default;
  Listeners(const Listeners&) = delete;
  Listeners& operator=(const Listeners&) = delete;
  ~Listeners() { close(); }

  // As bind_listeners().
  base::Status bind(const std::vector<ListenSpec>& specs, const BindSettings& settings) {
    base::Status bound = bind_listeners(specs, settings, all_);
    std::uint16_t number = 0;
    for (Listener& listener : all_) {
      listener.number = number++;
    }
    return bound;
  }
  [[nodiscard]] const std::vector<Listener>& all() const noexcept { return all_; }

  // Null, or -1, when there is no listener of that number; valid also after close().
  [[nodiscard]] const char* address(std::size_t index) const noexcept {
    return index < all_.size() ? all_[index].address.c_str() : nullptr;
  }
  [[nodiscard]] int port(std::size_t index) const noexcept {
    return index < all_.size() ? all_[index].port : -1;
  }

  // A loop accepts from now on; before it runs.
  void enter() noexcept { ++loops_; }
  // A loop accepts no more. The last one closes the sockets, so that clients are refused at once
  // and do not wait in a backlog that nobody looks at. Loop threads.
  void leave() noexcept {
    if (loops_.fetch_sub(1) == 1) {
      close();
    }
  }

  // Other holders of a socket that was handed over keep it, and its file.
  void close() noexcept { close_listeners(all_); }

 private:
  std::vector<Listener> all_;
  std::atomic<unsigned> loops_{0};
};

}  // namespace wserve::net
