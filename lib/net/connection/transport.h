// The bytes of one connection on their way, in and out: every call on its socket.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>

#include "app/response_sink.h"
#include "base/bytes.h"
#include "base/status.h"
#include "base/unique_fd.h"

namespace wserve::net {

// Plain bytes, so nothing is kept inside: receive() is for the loop's thread, and sending for one
// thread at a time, at the same time. TLS is to stand here, with a lock of its own and the names
// that this has. Nothing waits, nothing raises SIGPIPE, and signals interrupt nothing.
class Transport {
 public:
  explicit Transport(base::UniqueFd socket) noexcept : socket_(std::move(socket)) {}

  // To be watched for events; -1 once it is closed.
  [[nodiscard]] int fd() const noexcept { return socket_.get(); }

  // As recv(2): the number of bytes, 0 at their end, -1 with errno.
  [[nodiscard]] ssize_t receive(std::span<char> buffer) noexcept;
  // Whether receive() would give something.
  [[nodiscard]] bool has_input() const noexcept;
  // Whether the client is still there: half-closed and gone, as poll(2) tells them apart.
  [[nodiscard]] app::PeerState peer_state() const noexcept;

  // As much as is taken at once: the number of bytes, or -1 with errno.
  static constexpr std::size_t kMaxPieces = 16;
  [[nodiscard]] std::int64_t send(std::span<const base::ByteView> pieces) noexcept;
  // Of a file, from there on; 0 when it ends there.
  [[nodiscard]] std::int64_t send_file(int file, std::uint64_t offset, std::uint64_t size) noexcept;

  // Nothing more will be sent; the client sees the end.
  void end_output() noexcept;
  // close() will let the client see an error.
  void reset_when_closed() noexcept;
  void close() noexcept { socket_.reset(); }

  // Gives the connection away, to somebody who speaks no HTTP on it; this one stays open.
  base::Status duplicate(base::UniqueFd& fd) const;

 private:
  base::UniqueFd socket_;
};

[[nodiscard]] std::size_t size_of(std::span<const base::ByteView> pieces) noexcept;

}  // namespace wserve::net
