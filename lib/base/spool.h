// Bytes of any number: in memory while they are few, in a nameless file when they are many.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/status.h"
#include "base/storage.h"

namespace wserve::base {

// One thread at a time.
class Spool {
 public:
  // What was sent by sendfile(2) may still be on its way out of the file's very pages when the
  // spool is cleared: then nothing is ever written over them.
  enum class Use : std::uint8_t { kRead, kSent };

  // At `memory_limit` bytes and above, and when the storage has no memory left, the content lives
  // in a file. Both apply from the next append on; `storage` must outlive the content.
  void configure(std::size_t memory_limit, Storage& storage, Use use = Use::kRead) noexcept {
    memory_limit_ = memory_limit;
    storage_ = &storage;
    use_ = use;
  }

  // So many bytes will come in all, as a client promises: once there are more than a few of them,
  // memory grows for all at once, and what is to end in a file goes there without a stay in memory.
  void expect(std::uint64_t size) noexcept { expected_ = size; }

  // kSystem when the disk or the storage refuses; the content is then as before.
  Status append(ByteView bytes);

  // Copies up to `capacity` bytes from `offset` on; `got` is 0 at the end.
  Status read_at(std::uint64_t offset, char* to, std::size_t capacity, std::size_t& got) const;

  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  [[nodiscard]] bool is_in_file() const noexcept { return file_.fd.is_open(); }

  // The content when it is in memory, else empty.
  [[nodiscard]] ByteView in_memory() const noexcept { return memory_; }

  // The file that holds everything, or -1. It stays this spool's.
  [[nodiscard]] int file() const noexcept { return file_.fd.get(); }

  // Empty again; gives the file and large memory back.
  void clear() noexcept;

 private:
  [[nodiscard]] bool fits_in_memory(std::size_t more) noexcept;
  void append_to_memory(ByteView bytes);
  [[nodiscard]] Status check_room(std::uint64_t more) noexcept;
  Status open_file();
  Status move_to_file();
  Status store(ByteView bytes, std::uint64_t offset);
  Status write_to_file(ByteView bytes, std::uint64_t offset) const;

  std::size_t memory_limit_ = 0;
  Storage* storage_ = nullptr;
  Use use_ = Use::kRead;
  BudgetShare share_;  // of the memory, or of the files
  std::string memory_;
  TemporaryFile file_;
  std::uint64_t size_ = 0;
  std::uint64_t expected_ = 0;
};

// Appends pieces of any size to a spool; small ones that go to its file are put together. Lives as
// long as what one read has brought.
class SpoolWriter {
 public:
  explicit SpoolWriter(Spool& spool) noexcept : spool_(spool) {}
  SpoolWriter(const SpoolWriter&) = delete;
  SpoolWriter& operator=(const SpoolWriter&) = delete;
  ~SpoolWriter() = default;

  // As Spool::append(), but a piece may be refused only by a later call.
  Status append(ByteView piece);
  // Nothing is kept back any more.
  Status flush();

 private:
  static constexpr std::size_t kSmall = 4096;

  Spool& spool_;
  std::size_t size_ = 0;
  std::array<char, std::size_t{4} * kSmall> bytes_;  // NOLINT: filled before it is read
};

}  // namespace wserve::base
