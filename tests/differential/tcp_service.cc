#include "differential/tcp_service.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/client.h"
#include "support/cmocka.h"

namespace wserve::tests {

namespace {

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int new_socket() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

}  // namespace

TcpService::TcpService() : listener_(new_socket()), port_(0) {
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  assert_int_equal(::bind(listener_, generic, size), 0);
  assert_int_equal(::listen(listener_, 128), 0);
  assert_int_equal(::getsockname(listener_, generic, &size), 0);
  port_ = ntohs(address.sin_port);
}

void TcpService::start() {
  acceptor_ = std::thread([this] { accept_all(); });
}

void TcpService::stop() {
  {
    const std::scoped_lock lock(mutex_);
    is_stopping_ = true;
    for (const int fd : open_) {
      ::shutdown(fd, SHUT_RDWR);
    }
  }
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  ::close(listener_);
  std::unique_lock lock(mutex_);
  has_ended_.wait(lock, [this] { return serving_ == 0; });
}

bool TcpService::hold(int fd) {
  const std::scoped_lock lock(mutex_);
  if (is_stopping_) {
    return false;
  }
  open_.insert(fd);
  return true;
}

void TcpService::accept_all() {
  for (;;) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) {
      return;
    }
    if (!hold(fd)) {
      ::close(fd);
      return;
    }
    {
      const std::scoped_lock lock(mutex_);
      ++serving_;
    }
    std::thread([this, fd] { serve_and_end(fd); }).detach();
  }
}

void TcpService::serve_and_end(int fd) {
  serve(fd);
  disconnect(fd);
  const std::scoped_lock lock(mutex_);
  --serving_;
  has_ended_.notify_all();
}

int TcpService::connect_to(int port) {
  const int fd = new_socket();
  const sockaddr_in address = loopback(port);
  if (!hold(fd) ||
      ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ::shutdown(fd, SHUT_RDWR);
  }
  return fd;
}

void TcpService::disconnect(int fd) {
  const std::scoped_lock lock(mutex_);
  open_.erase(fd);
  ::close(fd);
}

bool relay_some(int from, int to) {
  char piece[16384];
  const ssize_t n = ::recv(from, piece, sizeof piece, 0);
  return n > 0 && client_send(to, piece, static_cast<std::size_t>(n)) != 0;
}

Readable wait_for_either(int first, int second) {
  pollfd waited[] = {{first, POLLIN, 0}, {second, POLLIN, 0}};
  ::poll(waited, 2, -1);
  return {waited[0].revents != 0, waited[1].revents != 0};
}

}  // namespace wserve::tests
