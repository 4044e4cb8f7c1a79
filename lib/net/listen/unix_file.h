// The file of a Unix socket: whether somebody listens behind it, and who may remove it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "base/status.h"
#include "base/unique_fd.h"

namespace wserve::net {

enum class Behind : std::uint8_t {
  kNothing,   // no file
  kNobody,    // a socket whose server has ended, or a file of another kind
  kSomebody,  // a server
  kUnknown,   // errno says why
};

// Asks by connect(2), which a server sees as a client that leaves at once.
[[nodiscard]] Behind who_listens(const std::string& path) noexcept;

// A file is found through its folder, which stays the same when the process changes its own.
class UnixFile {
 public:
  // Finds the folder; the file need not be there. kSystem.
  [[nodiscard]] base::Status locate(const std::string& path);
  [[nodiscard]] bool is_located() const noexcept { return folder_.is_open(); }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

  // Of servers that start or end in this folder one at a time asks, removes and binds. One that
  // cannot have the lock within a second goes on without it.
  void lock() const noexcept;
  void unlock() const noexcept;

  // Removes a socket that an earlier run left behind; anything else stays.
  void remove_dead() const noexcept;

  // The file that is there now is ours: this process made it.
  void claim() noexcept;
  // Mode, and owner and group unless they are -1. False: errno says why.
  [[nodiscard]] bool give(mode_t mode, uid_t user, gid_t group) const noexcept;

  // Removes the file if this process made it, it is still the same, and nobody listens behind it:
  // close the socket before. A child that inherited it, or another server, keeps it.
  void remove_own() noexcept;

 private:
  [[nodiscard]] bool is_own() const noexcept;
  // That connect(2) understands, whatever the working directory is.
  [[nodiscard]] std::string path_from_anywhere() const;

  std::string path_;  // as it was given
  std::string name_;  // within the folder
  base::UniqueFd folder_;
  pid_t maker_ = 0;
  ino_t inode_ = 0;
  dev_t device_ = 0;
};

}  // namespace wserve::net
