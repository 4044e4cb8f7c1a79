// Bytes and files that wait until the socket takes them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "app/response_sink.h"
#include "base/byte_buffer.h"
#include "base/spool.h"
#include "base/status.h"
#include "base/storage.h"
#include "base/unique_fd.h"
#include "net/connection/transport.h"

namespace wserve::net {

// What became of an attempt to send.
enum class Sent : std::uint8_t { kAll, kBlocked, kBroken };

// One thread at a time: the outbox's lock guards it.
class SendQueue {
 public:
  // Bytes that would make the memory grow above `overflow`, or for which the storage has no memory
  // left, go to a file.
  struct Limits {
    std::size_t overflow = 1048576;
    base::Storage* storage = nullptr;  // never null when it is used
  };

  explicit SendQueue(const Limits& limits) noexcept : limits_(limits) {}

  // Copies the bytes. kSystem when the temporary file refuses them.
  base::Status add(base::ByteView bytes);
  // Several, but for the first `skip` bytes.
  base::Status add(std::span<const base::ByteView> pieces, std::size_t skip);
  // Copies them into memory. False, and nothing is added, when only a file could keep them, or when
  // there is no memory.
  [[nodiscard]] bool add_to_memory(std::span<const base::ByteView> pieces) noexcept;
  // kInvalid when more than 2^64 bytes would wait.
  base::Status add_file(app::FilePart part);

  // Sends until nothing is left or the socket is full. Adds the bytes that it took to `taken`.
  [[nodiscard]] Sent send_to(Transport& transport, std::uint64_t& taken) noexcept;

  [[nodiscard]] bool is_empty() const noexcept { return first_ == segments_.size(); }
  // Bytes that were copied, in memory and in the temporary file; not those of added files.
  [[nodiscard]] std::uint64_t copied_bytes() const noexcept { return in_memory_ + in_spool_; }
  [[nodiscard]] std::uint64_t waiting_bytes() const noexcept { return copied_bytes() + in_files_; }
  void clear() noexcept;

  // A file that could not be sent to its end; it stays until it is taken.
  struct FileFault {
    std::string answered_path;  // empty: the file is the library's own
    std::uint64_t offset = 0;   // of the first byte that is not there
    std::uint64_t left = 0;     // bytes that were promised from there on
    int error = 0;              // 0: the file ends there
  };
  [[nodiscard]] bool has_file_fault() const noexcept { return file_fault_.has_value(); }
  [[nodiscard]] std::optional<FileFault> take_file_fault() noexcept {
    return std::exchange(file_fault_, std::nullopt);
  }

 private:
  enum class Kind : std::uint8_t { kMemory, kFile, kSpool };
  struct Segment {
    Kind kind = Kind::kMemory;
    base::ByteBuffer bytes;  // kMemory
    base::UniqueFd file;     // kFile
    std::string answered_path;
    base::Spool* spool = nullptr;
    std::uint64_t offset = 0;  // of the next byte, in bytes, file or spool
    std::uint64_t left = 0;
  };

  // Small pieces are put together, so that the file gets them in one write.
  base::Status add_to_spool(std::span<const base::ByteView> pieces, std::size_t skip);
  base::Status add_to_spool(base::ByteView bytes);
  base::Status store_in_spool(base::ByteView bytes);
  [[nodiscard]] bool has_memory_for(std::size_t size) noexcept;
  void copy(std::span<const base::ByteView> pieces, std::size_t skip, std::size_t size);
  void begin_spool();
  [[nodiscard]] Segment& segment_for_memory(std::size_t size);
  [[nodiscard]] std::int64_t send_memory(Transport& transport) noexcept;
  [[nodiscard]] std::int64_t send_file(Transport& transport) noexcept;
  [[nodiscard]] static int file_of(const Segment& segment) noexcept;
  void look_for_file_fault(int reason) noexcept;
  void take_off(std::uint64_t sent) noexcept;
  void drop_done_segments() noexcept;
  void on_taken_from(const base::Spool* spool, std::uint64_t bytes) noexcept;
  [[nodiscard]] std::uint64_t& waiting_of(Kind kind) noexcept;

  const Limits& limits_;
  std::vector<Segment> segments_;
  std::size_t first_ = 0;    // segments before it are done
  base::BudgetShare share_;  // of the memory
  std::uint64_t in_memory_ = 0;
  std::uint64_t in_spool_ = 0;
  std::uint64_t in_files_ = 0;
  std::unique_ptr<base::Spool> spool_;
  // A file that was long enough: it is read to its end and closed, and nothing is added.
  std::unique_ptr<base::Spool> old_spool_;
  std::uint64_t in_old_spool_ = 0;
  std::optional<FileFault> file_fault_;
};

}  // namespace wserve::net
