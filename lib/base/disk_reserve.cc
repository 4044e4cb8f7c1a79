// Asking the file system how much is free.
#include "base/disk_reserve.h"

#include <sys/statvfs.h>

#include <algorithm>

namespace wserve::base {

namespace {

constexpr std::uint64_t kMaxReserve = std::uint64_t{1024} * 1024 * 1024;
constexpr std::uint64_t kPart = 20;
constexpr std::uint64_t kMaxUnseen = std::uint64_t{16} * 1024 * 1024;

}  // namespace

bool DiskReserve::ask_file_system(int file, std::uint64_t more, Purpose purpose) noexcept {
  struct statvfs system {};
  if (::fstatvfs(file, &system) != 0 || system.f_blocks == 0) {
    return true;  // it does not say how large it is
  }
  const std::uint64_t block = system.f_frsize;
  std::uint64_t kept =
      bytes_ != kAuto ? bytes_ : std::min(kMaxReserve, system.f_blocks * block / kPart);
  kept = purpose == Purpose::kSendOut ? kept / 2 : kept;
  const std::uint64_t free = system.f_bavail * block;
  if (free < kept || free - kept < more) {
    known_room(purpose).store(0, std::memory_order_relaxed);
    return false;
  }
  // Only a part of it: several servers may count on the same room.
  const std::uint64_t room = std::min(kMaxUnseen, (free - kept - more) / 8);
  known_room(purpose).store(static_cast<std::int64_t>(room), std::memory_order_relaxed);
  return true;
}

}  // namespace wserve::base
