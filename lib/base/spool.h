// Bytes of any number: in memory while they are few, in a nameless file when they are many.
#pragma once

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

}  // namespace wserve::base
