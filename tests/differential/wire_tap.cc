#include "differential/wire_tap.h"

#include <sys/socket.h>

#include <utility>

#include "support/client.h"

namespace wserve::tests {

WireTap::WireTap(int origin_port) : origin_port_(origin_port) {
  start();
}

WireTap::~WireTap() {
  stop();
}

std::vector<WireTap::Sent> WireTap::take() {
  const std::scoped_lock lock(mutex_);
  return std::exchange(sent_, {});
}

bool WireTap::pass_on(unsigned connection, StrictReader& reader, int from, int to) {
  char piece[16384];
  const ssize_t n = ::recv(from, piece, sizeof piece, 0);
  if (n <= 0) {
    return false;
  }
  const std::string bytes(piece, static_cast<std::size_t>(n));
  {
    // Before the origin can have seen it.
    const std::scoped_lock lock(mutex_);
    for (SentRequest& request : reader.read(bytes)) {
      sent_.push_back({connection, std::move(request)});
    }
  }
  return client_send(to, bytes.data(), bytes.size()) != 0;
}

void WireTap::serve(int fd) {
  const int origin = connect_to(origin_port_);
  unsigned connection = 0;
  {
    const std::scoped_lock lock(mutex_);
    connection = ++connections_;
  }
  StrictReader reader;
  bool is_asking = true;
  bool is_answering = true;
  while (is_asking || is_answering) {
    // A side that has ended is not asked again.
    const Readable is = wait_for_either(is_asking ? fd : -1, is_answering ? origin : -1);
    if (is.second && !relay_some(origin, fd)) {
      ::shutdown(fd, SHUT_WR);
      is_answering = false;
    }
    if (is.first && !pass_on(connection, reader, fd, origin)) {
      ::shutdown(origin, SHUT_WR);
      is_asking = false;
    }
  }
  disconnect(origin);
}

}  // namespace wserve::tests
