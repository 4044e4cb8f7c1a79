// The spool's two homes, memory and file, and the move from one to the other.
#include "base/spool.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/temporary_file.h"

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
    if (Status written = write_to_file(bytes, size_); !written.is_ok()) {
      return written;
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
  ssize_t n = 0;
  do {
    n = ::pread(file_.get(), to, wanted, static_cast<off_t>(offset));
  } while (n < 0 && errno == EINTR);
  if (n < 0) {
    return system_failure("temporary file", errno);
  }
  got = static_cast<std::size_t>(n);
  return {};
}

void Spool::clear() noexcept {
  file_.reset();
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
    memory_.reserve(std::min(expected_, kTrust * (size_ + bytes.size())));
  }
  memory_.append(bytes);
}

Status Spool::move_to_file() {
  UniqueFd file;
  if (Status opened = open_temporary_file(storage_->folder, file); !opened.is_ok()) {
    return opened;
  }
  file_ = std::move(file);
  if (Status written = write_to_file(memory_, 0); !written.is_ok()) {
    file_.reset();
    return written;
  }
  memory_ = std::string();
  share_.drop();
  return {};
}

Status Spool::write_to_file(ByteView bytes, std::uint64_t offset) const {
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) {
      continue;
    }
    if (n < 0) {
      return system_failure("temporary file", errno);
    }
    bytes.remove_prefix(static_cast<std::size_t>(n));
    offset += static_cast<std::uint64_t>(n);
  }
  return {};
}

}  // namespace wserve::base
