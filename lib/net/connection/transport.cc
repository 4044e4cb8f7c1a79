// recv(2), sendmsg(2) and sendfile(2).
#include "net/connection/transport.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/uninterrupted.h"
#include "net/connection/sigpipe_guard.h"

namespace wserve::net {

using base::ByteView;
using base::uninterrupted;

namespace {

constexpr std::size_t kSmall = 4096;                  // cheaper to copy than to gather
constexpr std::uint64_t kMaxFilePiece = 1024 * 1024;  // one sendfile(2)

}  // namespace

std::size_t size_of(std::span<const ByteView> pieces) noexcept {
  std::size_t size = 0;
  for (const ByteView piece : pieces) {
    size += piece.size();
  }
  return size;
}

ssize_t Transport::receive(std::span<char> buffer) noexcept {
  return uninterrupted([&] { return ::recv(fd(), buffer.data(), buffer.size(), 0); });
}

bool Transport::has_input() const noexcept {
  char byte = 0;
  return uninterrupted([&] { return ::recv(fd(), &byte, 1, MSG_PEEK | MSG_DONTWAIT); }) > 0;
}

app::PeerState Transport::peer_state() const noexcept {
  pollfd state{.fd = fd(), .events = POLLRDHUP, .revents = 0};
  if (uninterrupted([&] { return ::poll(&state, 1, 0); }) <= 0) {
    return app::PeerState::kPresent;
  }
  if ((state.revents & (POLLERR | POLLHUP)) != 0) {
    return app::PeerState::kDisconnected;
  }
  return (state.revents & POLLRDHUP) != 0 ? app::PeerState::kHalfClosed : app::PeerState::kPresent;
}

std::int64_t Transport::send(std::span<const ByteView> pieces) noexcept {
  const auto send_one = [this](const char* bytes, std::size_t size) {
    return uninterrupted([&] { return ::send(fd(), bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT); });
  };
  if (pieces.size() == 1) {
    return send_one(pieces.front().data(), pieces.front().size());
  }
  const std::size_t total = size_of(pieces);
  if (total <= kSmall) {
    std::array<char, kSmall> gathered;  // NOLINT: filled before it is read
    char* end = gathered.data();
    for (const ByteView piece : pieces) {
      end = std::copy(piece.begin(), piece.end(), end);
    }
    return send_one(gathered.data(), total);
  }
  std::array<iovec, kMaxPieces> vectors;  // NOLINT: filled before it is read
  std::size_t count = 0;
  for (const ByteView piece : pieces) {
    if (!piece.empty()) {
      vectors[count++] = {const_cast<char*>(piece.data()), piece.size()};  // NOLINT: it only reads
    }
  }
  msghdr message{};
  message.msg_iov = vectors.data();
  message.msg_iovlen = count;
  return uninterrupted([&] { return ::sendmsg(fd(), &message, MSG_NOSIGNAL | MSG_DONTWAIT); });
}

std::int64_t Transport::send_file(int file, std::uint64_t offset, std::uint64_t size) noexcept {
  auto at = static_cast<off_t>(offset);
  const SigpipeGuard guard;
  return uninterrupted([&] {
    return ::sendfile(fd(), file, &at, static_cast<std::size_t>(std::min(size, kMaxFilePiece)));
  });
}

void Transport::end_output() noexcept {
  ::shutdown(fd(), SHUT_WR);
}

void Transport::reset_when_closed() noexcept {
  const struct linger at_once { .l_onoff = 1, .l_linger = 0 };
  ::setsockopt(fd(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

base::Status Transport::duplicate(base::UniqueFd& fd) const {
  fd.reset(::fcntl(socket_.get(), F_DUPFD_CLOEXEC, 0));
  return fd.is_open() ? base::Status()
                      : base::system_failure("duplicating the connection's descriptor", errno);
}

}  // namespace wserve::net
