// Where bytes stay that have to wait, and how many of them may: one for all of a server.
#pragma once

#include <atomic>
#include <string>

#include "base/budget.h"
#include "base/disk_reserve.h"
#include "base/temporary_file.h"

namespace wserve::base {

// The folder is constant, all else is for any thread.
struct Storage {
  void count_written(std::uint64_t bytes) noexcept {
    written_.fetch_add(bytes, std::memory_order_relaxed);
  }
  // Bytes that went to temporary files so far.
  [[nodiscard]] std::uint64_t written() const noexcept {
    return written_.load(std::memory_order_relaxed);
  }

  std::string folder;  // of temporary files; empty: $TMPDIR, then /tmp
  Budget memory;
  Budget files;
  TemporaryFiles temporary = {};
  DiskReserve reserve = {};
  std::atomic<std::uint64_t> written_{0};
};

}  // namespace wserve::base
