// One loop wakes for a new connection, not all that listen to the socket.
#pragma once

namespace wserve::net {

// Loop thread only. libevent knows nothing of EPOLLEXCLUSIVE, and an epoll descriptor inside
// another one would not do: the kernel takes it for no sleeper and goes on to wake the next. So
// what libevent has entered in its own epoll descriptor is entered once more with that flag.
class ExclusiveWatch {
 public:
  // Looks for the epoll descriptor in which `entered` stands, and no other has it. Without /proc
  // there is none, and watch() does nothing.
  void open(int entered) noexcept;

  // `socket` is in libevent's list, for reading. It moves behind the other loops that wait for it:
  // the kernel wakes the first that sleeps, and it would always be the same.
  void watch(int socket) const noexcept;

 private:
  int epoll_ = -1;  // libevent's
};

}  // namespace wserve::net
