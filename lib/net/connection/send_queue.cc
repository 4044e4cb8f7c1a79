// Segments of memory and of files, in their order.
#include "net/connection/send_queue.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <utility>

#include "base/guard.h"

namespace wserve::net {

using base::ByteView;

namespace {

constexpr std::size_t kCoalesce = 16 * 1024;  // small writes share a segment up to this size
constexpr std::size_t kSmall = 4096;          // cheaper to copy than to write apart
constexpr std::size_t kMaxDone = 64;          // segments that are kept for nothing
constexpr std::uint64_t kLongSpool = 4 * 1024 * 1024;

}  // namespace

base::Status SendQueue::add(ByteView bytes) {
  return add({&bytes, 1}, 0);
}

base::Status SendQueue::add(std::span<const ByteView> pieces, std::size_t skip) {
  const std::size_t size = size_of(pieces) - skip;
  if (size == 0) {
    return {};
  }
  if (!has_memory_for(size)) {
    return add_to_spool(pieces, skip);
  }
  copy(pieces, skip, size);
  return {};
}

bool SendQueue::add_to_memory(std::span<const ByteView> pieces) noexcept {
  const std::size_t size = size_of(pieces);
  return has_memory_for(size) && base::guarded([&]() -> base::Status {
                                   copy(pieces, 0, size);
                                   return {};
                                 }).is_ok();
}

// All but the first `skip` bytes, which are `size`, or none.
void SendQueue::copy(std::span<const ByteView> pieces, std::size_t skip, std::size_t size) {
  Segment& segment = segment_for_memory(size);
  for (ByteView piece : pieces) {
    const std::size_t skipped = std::min(skip, piece.size());
    skip -= skipped;
    segment.bytes.append(piece.substr(skipped));
  }
  segment.left += size;
  in_memory_ += size;
}

bool SendQueue::has_memory_for(std::size_t size) noexcept {
  const std::uint64_t after = in_memory_ + size;
  return after <= limits_.overflow && share_.cover(limits_.storage->memory, after);
}

base::Status SendQueue::add_to_spool(std::span<const ByteView> pieces, std::size_t skip) {
  std::array<char, kSmall> gathered;  // NOLINT: filled before it is read
  std::size_t size = 0;
  for (ByteView piece : pieces) {
    const std::size_t skipped = std::min(skip, piece.size());
    skip -= skipped;
    piece.remove_prefix(skipped);
    if (piece.size() > gathered.size() - size) {
      if (base::Status added = add_to_spool({gathered.data(), std::exchange(size, 0)});
          !added.is_ok()) {
        return added;
      }
    }
    if (piece.size() > gathered.size()) {
      if (base::Status added = add_to_spool(piece); !added.is_ok()) {
        return added;
      }
    } else {
      std::copy(piece.begin(), piece.end(), gathered.data() + size);
      size += piece.size();
    }
  }
  return add_to_spool({gathered.data(), size});
}

SendQueue::Segment& SendQueue::segment_for_memory(std::size_t size) {
  if (!is_empty()) {
    Segment& last = segments_.back();
    if (last.kind == Kind::kMemory && last.bytes.size() < kCoalesce) {
      last.bytes.reserve(size);
      return last;
    }
  }
  Segment segment;
  segment.bytes.reserve(std::max(size, kSmall));  // pipelined answers join it
  return segments_.emplace_back(std::move(segment));
}

base::Status SendQueue::add_to_spool(ByteView bytes) {
  if (bytes.empty()) {
    return {};
  }
  if (base::Status stored = store_in_spool(bytes); !stored.is_ok()) {
    return stored;
  }
  if (is_empty() || segments_.back().kind != Kind::kSpool ||
      segments_.back().spool != spool_.get()) {
    Segment& segment = segments_.emplace_back();
    segment.kind = Kind::kSpool;
    segment.spool = spool_.get();
    segment.offset = spool_->size() - bytes.size();
  }
  segments_.back().left += bytes.size();
  in_spool_ += bytes.size();
  return {};
}

base::Status SendQueue::store_in_spool(ByteView bytes) {
  if (!spool_ || (spool_->size() >= kLongSpool && !old_spool_)) {
    begin_spool();
  }
  base::Status stored = spool_->append(bytes);
  if (!stored.is_ok() && spool_->size() == 0 && old_spool_) {  // the old one is better than none
    spool_ = std::move(old_spool_);
    stored = spool_->append(bytes);
  }
  return stored;
}

// What waits may never be nothing, for as long as the application is faster than the client. So
// that the file does not grow by all that goes through it, it is closed for another one now and
// then. Its front must not be cut off or written again: what was sent of it may still be on its way
// out of these very pages, by sendfile(2).
void SendQueue::begin_spool() {
  auto fresh = std::make_unique<base::Spool>();
  fresh->configure(0, *limits_.storage, base::Spool::Use::kSent);
  old_spool_ = in_spool_ > 0 ? std::move(spool_) : nullptr;
  in_old_spool_ = in_spool_;
  spool_ = std::move(fresh);
}

base::Status SendQueue::add_file(app::FilePart part) {
  if (part.size > std::numeric_limits<std::uint64_t>::max() - waiting_bytes()) {
    return {base::Code::kInvalid, "more than 2^64 bytes would wait for the client"};
  }
  Segment& segment = segments_.emplace_back();
  segment.kind = Kind::kFile;
  segment.file = std::move(part.file);
  segment.answered_path = std::move(part.answered_path);
  segment.offset = part.offset;
  segment.left = part.size;
  in_files_ += part.size;
  return {};
}

Sent SendQueue::send_to(Transport& transport, std::uint64_t& taken) noexcept {
  while (!is_empty()) {
    const bool in_memory = segments_[first_].kind == Kind::kMemory;
    const std::int64_t n = in_memory ? send_memory(transport) : send_file(transport);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      return Sent::kBlocked;
    }
    if (n <= 0) {  // 0: the file has become shorter than promised
      if (!in_memory) {
        look_for_file_fault(n == 0 ? 0 : errno);
      }
      return Sent::kBroken;
    }
    taken += static_cast<std::uint64_t>(n);
    take_off(static_cast<std::uint64_t>(n));
  }
  clear();
  return Sent::kAll;
}

std::int64_t SendQueue::send_memory(Transport& transport) noexcept {
  const auto unsent = [](const Segment& segment) {
    return segment.bytes.view().substr(static_cast<std::size_t>(segment.offset));
  };
  if (first_ + 1 == segments_.size()) {
    const ByteView piece = unsent(segments_[first_]);
    return transport.send({&piece, 1});
  }
  std::array<ByteView, Transport::kMaxPieces> pieces;
  std::size_t count = 0;
  for (std::size_t i = first_; i < segments_.size() && count < pieces.size(); ++i) {
    if (segments_[i].kind != Kind::kMemory) {
      break;
    }
    pieces[count++] = unsent(segments_[i]);
  }
  return transport.send({pieces.data(), count});
}

int SendQueue::file_of(const Segment& segment) noexcept {
  return segment.kind == Kind::kSpool ? segment.spool->file() : segment.file.get();
}

std::int64_t SendQueue::send_file(Transport& transport) noexcept {
  const Segment& segment = segments_[first_];
  return transport.send_file(file_of(segment), segment.offset, segment.left);
}

// Whether it was the file's doing or the client's that nothing went out shows when the file is
// read. `reason` is what sendfile(2) said, 0 for nothing.
void SendQueue::look_for_file_fault(int reason) noexcept {
  Segment& segment = segments_[first_];
  char byte = 0;
  const ssize_t n = ::pread(file_of(segment), &byte, 1, static_cast<off_t>(segment.offset));
  const bool is_of_file = n <= 0 || reason == 0 || reason == EINVAL;
  if (is_of_file) {
    const int error = n < 0 ? errno : n == 0 ? 0 : reason;
    file_fault_ = FileFault{std::move(segment.answered_path), segment.offset, segment.left, error};
  }
}

void SendQueue::take_off(std::uint64_t sent) noexcept {
  while (sent > 0) {
    Segment& segment = segments_[first_];
    const std::uint64_t part = std::min(sent, segment.left);
    segment.offset += part;
    segment.left -= part;
    sent -= part;
    waiting_of(segment.kind) -= part;
    on_taken_from(segment.spool, part);
    if (segment.left == 0) {
      segment = Segment();
      ++first_;
    }
  }
  drop_done_segments();
}

void SendQueue::on_taken_from(const base::Spool* spool, std::uint64_t bytes) noexcept {
  if (spool == nullptr || spool != old_spool_.get()) {
    return;
  }
  in_old_spool_ -= bytes;
  if (in_old_spool_ == 0) {
    old_spool_.reset();
  }
}

// An answer that is made faster than it is taken may leave something to wait for hours.
void SendQueue::drop_done_segments() noexcept {
  if (first_ >= kMaxDone && 2 * first_ >= segments_.size()) {
    segments_.erase(segments_.begin(), segments_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
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
  old_spool_.reset();
  share_.drop();
}

}  // namespace wserve::net
