// Sending by sendmsg(2) and sendfile(2), never raising SIGPIPE.
#include "net/send_queue.h"

#include <sys/sendfile.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "net/sigpipe_guard.h"

namespace wserve::net {

using base::ByteView;

namespace {

constexpr std::size_t kMaxPieces = 16;
constexpr std::size_t kCoalesce = 16 * 1024;  // small writes share a segment up to this size
constexpr std::size_t kSmall = 4096;          // cheaper to copy than to gather
constexpr std::uint64_t kMaxFilePiece = 1024 * 1024;  // one sendfile(2)

std::int64_t send_vector(int socket, iovec* vectors, std::size_t count) noexcept {
  msghdr message{};
  message.msg_iov = vectors;
  message.msg_iovlen = count;
  ssize_t n = 0;
  do {
    n = ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (n < 0 && errno == EINTR);
  return n;
}

std::int64_t send_bytes(int socket, const char* bytes, std::size_t size) noexcept {
  ssize_t n = 0;
  do {
    n = ::send(socket, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (n < 0 && errno == EINTR);
  return n;
}

iovec to_iovec(ByteView bytes) noexcept {
  return {const_cast<char*>(bytes.data()), bytes.size()};  // NOLINT: sendmsg only reads
}

}  // namespace

std::int64_t send_pieces(int socket, std::span<const ByteView> pieces) noexcept {
  std::size_t total = 0;
  for (const ByteView piece : pieces) {
    total += piece.size();
  }
  if (total <= kSmall) {
    std::array<char, kSmall> gathered;  // NOLINT: filled before it is read
    char* end = gathered.data();
    for (const ByteView piece : pieces) {
      end = std::copy(piece.begin(), piece.end(), end);
    }
    return send_bytes(socket, gathered.data(), total);
  }
  std::array<iovec, kMaxPieces> vectors;  // NOLINT: filled before it is read
  std::size_t count = 0;
  for (const ByteView piece : pieces) {
    if (!piece.empty()) {
      vectors[count++] = to_iovec(piece);
    }
  }
  return send_vector(socket, vectors.data(), count);
}

base::Status SendQueue::add(ByteView bytes) {
  if (bytes.empty()) {
    return {};
  }
  const std::uint64_t after = in_memory_ + bytes.size();
  if (after > limits_.overflow || !share_.cover(limits_.storage->memory, after)) {
    return add_to_spool(bytes);
  }
  Segment& segment = segment_for_memory(bytes.size());
  segment.bytes.append(bytes);
  segment.left += bytes.size();
  in_memory_ = after;
  return {};
}

SendQueue::Segment& SendQueue::segment_for_memory(std::size_t size) {
  if (!is_empty()) {
    Segment& last = segments_.back();
    if (last.kind == Kind::kMemory && last.bytes.size() < kCoalesce) {
      return last;
    }
  }
  Segment& segment = segments_.emplace_back();
  segment.bytes.reserve(std::max(size, kSmall));  // pipelined answers join it
  return segment;
}

base::Status SendQueue::add_to_spool(ByteView bytes) {
  if (!spool_) {
    spool_ = std::make_unique<base::Spool>();
    spool_->configure(0, *limits_.storage);
  }
  const std::uint64_t offset = spool_->size();
  if (is_empty() || segments_.back().kind != Kind::kSpool) {
    segments_.emplace_back();
    segments_.back().kind = Kind::kSpool;
    segments_.back().offset = offset;
  }
  base::Status stored = spool_->append(bytes);
  if (stored.is_ok()) {
    segments_.back().left += bytes.size();
    in_spool_ += bytes.size();
  }
  return stored;
}

void SendQueue::add_file(base::UniqueFd file, std::uint64_t offset, std::uint64_t size) {
  Segment& segment = segments_.emplace_back();
  segment.kind = Kind::kFile;
  segment.file = std::move(file);
  segment.offset = offset;
  segment.left = size;
  in_files_ += size;
}

Sent SendQueue::send_to(int socket, std::uint64_t& taken) noexcept {
  while (!is_empty()) {
    const bool in_memory = segments_[first_].kind == Kind::kMemory;
    const std::int64_t n = in_memory ? send_memory(socket) : send_file(socket);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      return Sent::kBlocked;
    }
    if (n <= 0) {  // 0: the file has become shorter than promised
      return Sent::kBroken;
    }
    taken += static_cast<std::uint64_t>(n);
    take_off(static_cast<std::uint64_t>(n));
  }
  clear();
  return Sent::kAll;
}

std::int64_t SendQueue::send_memory(int socket) noexcept {
  std::array<iovec, kMaxPieces> vectors;  // NOLINT: filled before it is read
  std::size_t count = 0;
  for (std::size_t i = first_; i < segments_.size() && count < kMaxPieces; ++i) {
    const Segment& segment = segments_[i];
    if (segment.kind != Kind::kMemory) {
      break;
    }
    vectors[count++] = to_iovec(segment.bytes.view().substr(segment.offset));
  }
  return send_vector(socket, vectors.data(), count);
}

std::int64_t SendQueue::send_file(int socket) noexcept {
  const Segment& segment = segments_[first_];
  const int file = segment.kind == Kind::kSpool ? spool_->file() : segment.file.get();
  auto offset = static_cast<off_t>(segment.offset);
  const SigpipeGuard guard;
  ssize_t n = 0;
  do {
    n = ::sendfile(socket, file, &offset,
                   static_cast<std::size_t>(std::min(segment.left, kMaxFilePiece)));
  } while (n < 0 && errno == EINTR);
  return n;
}

void SendQueue::take_off(std::uint64_t sent) noexcept {
  while (sent > 0) {
    Segment& segment = segments_[first_];
    const std::uint64_t part = std::min(sent, segment.left);
    segment.offset += part;
    segment.left -= part;
    sent -= part;
    waiting_of(segment.kind) -= part;
    if (segment.left == 0) {
      segment = Segment();
      ++first_;
    }
  }
}

std::uint64_t& SendQueue::waiting_of(Kind kind) noexcept {
  switch (kind) {
    case Kind::kMemory:
      return in_memory_;
    case Kind::kSpool:
      return in_spool_;
    default:
      return in_files_;
  }
}

void SendQueue::clear() noexcept {
  segments_.clear();
  first_ = 0;
  in_memory_ = in_spool_ = in_files_ = 0;
  spool_.reset();
  share_.drop();
}

}  // namespace wserve::net
