// Room that temporary files leave to others on their file system.
#pragma once

#include <atomic>
#include <cstdint>
#include <limits>

namespace wserve::base {

// Any thread. The system is asked anew after a few mebibytes, or, when there is little room, a few
// kilobytes: others fill the disk, too.
class DiskReserve {
 public:
  // What is being taken in is refused first, so that what is going out may go on: it may use half
  // of the reserve.
  enum class Purpose : std::uint8_t { kTakeIn, kSendOut };

  // A twentieth of the file system, but no more than a gibibyte.
  static constexpr std::uint64_t kAuto = std::numeric_limits<std::uint64_t>::max();

  // Before anybody asks; 0: none.
  void set(std::uint64_t bytes) noexcept { bytes_ = bytes; }

  // False when so many more bytes on the file system of `file` would leave less than the reserve.
  [[nodiscard]] bool leaves_room(int file, std::uint64_t more, Purpose purpose) noexcept {
    return bytes_ == 0 || is_known_to_fit(more, purpose) || ask_file_system(file, more, purpose);
  }

 private:
  [[nodiscard]] std::atomic<std::int64_t>& known_room(Purpose purpose) noexcept {
    return purpose == Purpose::kTakeIn ? room_in_ : room_out_;
  }
  [[nodiscard]] bool is_known_to_fit(std::uint64_t more, Purpose purpose) noexcept {
    const auto bytes = static_cast<std::int64_t>(more);
    return known_room(purpose).fetch_sub(bytes, std::memory_order_relaxed) >= bytes;
  }
  [[nodiscard]] bool ask_file_system(int file, std::uint64_t more, Purpose purpose) noexcept;

  std::uint64_t bytes_ = 0;
  // That may be filled without asking the system again.
  std::atomic<std::int64_t> room_in_{0};
  std::atomic<std::int64_t> room_out_{0};
};

}  // namespace wserve::base
