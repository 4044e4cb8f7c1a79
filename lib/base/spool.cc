// The spool's two homes, memory and file, and the move from one to the other.
#include "base/spool.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/uninterrupted.h"

namespace wserve::base {

namespace {

// A recycled spool keeps at most this much memory.
constexpr std::size_t kKeptMemory = 16 * 1024;

// So many times what is there is the most that memory grows to for what is only expected.
constexpr std::uint64_t kTrust = 4;

}  // namespace

Status Spool::append(ByteView bytes) {
  if (!is_in_file() && !fits_in_memory(bytes.size())) {
    if (Status moved = move_to_file(); !moved.is_ok()) {
      return moved;
    }
  }
  if (is_in_file()) {
    if (!share_.cover(storage_->files, size_ + bytes.size())) {
      return {Code::kSystem, "temporary file: no more bytes are allowed for all of them together"};
    }
    if (Status room = check_room(bytes.size()); !room.is_ok()) {
      return room;
    }
    if (Status stored = store(bytes, size_); !stored.is_ok()) {
      return stored;
    }
  } else {
    append_to_memory(bytes);
  }
  size_ += bytes.size();
  return {};
}

Status Spool::read_at(std::uint64_t offset, char* to, std::size_t capacity,
                      std::size_t& got) const {
  got = 0;
  if (offset >= size_) {
    return {};
  }
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(capacity, size_ - offset));
  if (!is_in_file()) {
    std::copy_n(memory_.data() + offset, wanted, to);
    got = wanted;
    return {};
  }
  const ssize_t n = uninterrupted(
      [&] { return ::pread(file_.fd.get(), to, wanted, static_cast<off_t>(offset)); });
  if (n < 0) {
    return system_failure("temporary file", errno);
  }
  got = static_cast<std::size_t>(n);
  return {};
}

void Spool::clear() noexcept {
  if (is_in_file() && use_ == Use::kRead && !storage_->files.has_limit()) {
    storage_->temporary.give_back(std::move(file_), size_);
  }
  file_ = TemporaryFile();
  share_.drop();
  size_ = expected_ = 0;
  if (memory_.capacity() > kKeptMemory) {
    memory_ = std::string();
  } else {
    memory_.clear();
  }
}

bool Spool::fits_in_memory(std::size_t more) noexcept {
  const std::uint64_t after = size_ + more;
  const std::uint64_t in_the_end = after > kKeptMemory ? std::max(after, expected_) : after;
  return in_the_end < memory_limit_ && share_.cover(storage_->memory, after);
}

void Spool::append_to_memory(ByteView bytes) {
  if (expected_ > memory_.capacity()) {
    memory_.reserve(static_cast<std::size_t>(std::min(expected_, kTrust * (size_ + bytes.size()))));
  }
  memory_.append(bytes);
}

// Spare files must not be what others lack, nor must this one become one.
Status Spool::check_room(std::uint64_t more) noexcept {
  DiskReserve& reserve = storage_->reserve;
  const auto purpose =
      use_ == Use::kRead ? DiskReserve::Purpose::kTakeIn : DiskReserve::Purpose::kSendOut;
  if (reserve.leaves_room(file(), more, purpose) ||
      (storage_->temporary.drop_spare() && reserve.leaves_room(file(), more, purpose))) {
    return {};
  }
  file_.reuser = 0;
  return {Code::kSystem, "temporary file: no more is free than temporary_reserve keeps for others"};
}

// The file may be a spare one, whose blocks count as taken: then another has room once it is
// closed.
Status Spool::open_file() {
  Status opened;
  for (int tries = 0; tries < 2; ++tries) {
    opened = storage_->temporary.open(storage_->folder, file_);
    if (opened.is_ok()) {
      opened = check_room(std::max(size_, expected_));
    }
    if (opened.is_ok()) {
      break;
    }
    file_ = TemporaryFile();
  }
  return opened;
}

Status Spool::move_to_file() {
  Status stored = open_file();
  if (stored.is_ok()) {
    stored = store(memory_, 0);
  }
  if (!stored.is_ok()) {
    file_ = TemporaryFile();
    return stored;
  }
  memory_ = std::string();
  share_.drop();
  return {};
}

// When the disk refuses, spare files must not be what it lacks, nor must this one become one.
Status Spool::store(ByteView bytes, std::uint64_t offset) {
  Status written = write_to_file(bytes, offset);
  if (!written.is_ok() && storage_->temporary.drop_spare()) {
    written = write_to_file(bytes, offset);
  }
  if (!written.is_ok()) {
    file_.reuser = 0;
  }
  return written;
}

Status Spool::write_to_file(ByteView bytes, std::uint64_t offset) const {
  while (!bytes.empty()) {
    const ssize_t n =
        ::pwrite(file_.fd.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) {
      continue;
    }
    if (n < 0) {
      return system_failure("temporary file", errno);
    }
    storage_->count_written(static_cast<std::uint64_t>(n));
    bytes.remove_prefix(static_cast<std::size_t>(n));
    offset += static_cast<std::uint64_t>(n);
  }
  return {};
}

Status SpoolWriter::append(ByteView piece) {
  if (!spool_.is_in_file() || piece.size() >= kSmall) {
    Status flushed = flush();
    return flushed.is_ok() ? spool_.append(piece) : flushed;
  }
  if (piece.size() > bytes_.size() - size_) {
    if (Status flushed = flush(); !flushed.is_ok()) {
      return flushed;
    }
  }
  std::copy(piece.begin(), piece.end(), bytes_.data() + size_);
  size_ += piece.size();
  return {};
}

Status SpoolWriter::flush() {
  return size_ > 0 ? spool_.append({bytes_.data(), std::exchange(size_, 0)}) : Status();
}

}  // namespace wserve::base
