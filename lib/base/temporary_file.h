// Files that have no name: they are gone with their last descriptor.
#pragma once

#include <sys/types.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <string>

#include "base/mutex.h"
#include "base/status.h"
#include "base/unique_fd.h"

namespace wserve::base {

struct TemporaryFile {
  UniqueFd fd;
  pid_t reuser = 0;  // the process that may write over it when its content is done with; 0: none
};

// Where they are: an empty name means $TMPDIR, then /tmp.
[[nodiscard]] std::string temporary_folder(const std::string& folder);

// Opens them, and keeps a few for the next content: to write over blocks that are there costs a
// third of what new ones do. Any thread.
class TemporaryFiles {
 public:
  static constexpr std::size_t kMaxSpare = 4;
  static constexpr std::uint64_t kMaxSpareBytes = std::uint64_t{4} * 1024 * 1024;

  // A spare one, or a new one in temporary_folder(folder). What is in it is nobody's. kSystem when
  // the folder refuses.
  Status open(const std::string& folder, TemporaryFile& file);

  // Takes a file whose content, of `size` bytes, nobody reads any more. A child of the process that
  // opened it only closes its own descriptor.
  void give_back(TemporaryFile file, std::uint64_t size) noexcept;

  // So many were given out so far.
  [[nodiscard]] std::uint64_t opened() const noexcept {
    return opened_.load(std::memory_order_relaxed);
  }

  // Closes the spare ones; false when there was none.
  bool drop_spare() noexcept;

 private:
  [[nodiscard]] TemporaryFile take_spare() noexcept;

  std::atomic<std::uint64_t> opened_{0};
  Mutex mutex_;
  std::array<TemporaryFile, kMaxSpare> spare_ GUARDED_BY(mutex_);
  std::size_t count_ GUARDED_BY(mutex_) = 0;
};

}  // namespace wserve::base
