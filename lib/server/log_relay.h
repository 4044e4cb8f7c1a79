// The log of one server: filters by severity and passes lines to whoever wants them.
#pragma once

#include <functional>
#include <string>

#include "base/log.h"
#include "base/mutex.h"
#include "base/status.h"

namespace wserve::server {

// Any thread. Without a receiver lines go to a descriptor, standard error if none is set. Where
// systemd's journal reads it, each begins with its level (sd-daemon(3)).
class LogRelay final : public base::Log {
 public:
  LogRelay();

  using Receiver = std::function<void(base::Severity, const char* line)>;

  // Before the server runs.
  void set_receiver(Receiver receiver);
  // Where lines go without a receiver, as far as it takes them at once; stays the caller's. Before
  // the server runs. kSystem when it is not open.
  base::Status set_descriptor(int fd);
  // "debug", "info", "warning", "error" or "none". Any time.
  void set_level(const std::string& level) noexcept;

  // Says nothing from here on: the receiver may have gone.
  void silence() noexcept;

  // Lines that the descriptor did not take so far.
  [[nodiscard]] std::uint64_t lost() const noexcept {
    return all_lost_.load(std::memory_order_relaxed);
  }

  [[nodiscard]] bool wants(base::Severity severity) const noexcept override;
  void write(base::Severity severity, std::string_view line) noexcept override;

 private:
  void write_lines(base::Severity severity, std::string_view text) REQUIRES(mutex_);
  void write_to_descriptor(base::Severity severity, std::string_view line) REQUIRES(mutex_);

  std::atomic<int> least_{static_cast<int>(base::Severity::kWarning)};
  std::atomic<int> descriptor_{2};
  std::atomic<bool> is_journal_{false};  // what reads there
  base::Mutex mutex_;
  Receiver receiver_ GUARDED_BY(mutex_);
  std::uint64_t lost_ GUARDED_BY(mutex_) = 0;  // lines that the descriptor did not take, lately
  std::atomic<std::uint64_t> all_lost_{0};
};

}  // namespace wserve::server
