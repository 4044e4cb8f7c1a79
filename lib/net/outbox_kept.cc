// Pieces that are kept to leave together with what follows, while the loop thread runs the
// application.
#include <algorithm>
#include <array>

#include "net/outbox.h"

namespace wserve::net {

using app::ByteView;
using app::Status;

namespace {

// Small pieces are kept up to this size, of more only the tail.
constexpr std::size_t kMostKept = 16 * 1024;
constexpr std::size_t kKeptTail = 4096;
constexpr std::size_t kMostPieces = 8;  // of one push

}  // namespace

// The end of the body may be near: with it in one send, a client that stops reading behind the last
// byte of the content has got the end, too.
Status Outbox::keep_piece(std::span<const ByteView> pieces) {
  std::size_t total = 0;
  for (const ByteView piece : pieces) {
    total += piece.size();
  }
  if (waiting_bytes() + total < kMostKept) {
    return enqueue(pieces, 0);
  }
  Status sent = send_kept();
  const std::size_t front = total - std::min(total, kKeptTail);
  sent = sent.is_ok() && front > 0 ? send_front(pieces, front) : sent;
  return sent.is_ok() ? enqueue(pieces, front) : sent;
}

Status Outbox::send_front(std::span<const ByteView> pieces, std::size_t size) {
  std::array<ByteView, kMostPieces> front;
  std::size_t count = 0;
  for (const ByteView piece : pieces.first(std::min(pieces.size(), front.size()))) {
    front[count] = piece.substr(0, size);
    size -= front[count++].size();
  }
  return enqueue_or_send({front.data(), count});
}

Status Outbox::send_kept() {
  std::uint64_t taken = 0;
  return send_backlog(taken) == Sent::kBroken ? broken() : Status();
}

Status Outbox::push_out() {
  base::MutexLock lock(mutex_);
  return cork_ == Cork::kPieces && is_usable() ? send_kept() : Status();
}

}  // namespace wserve::net
