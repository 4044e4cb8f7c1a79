// Requests that have ended, on their way to those who may take their time.
#pragma once

#include <cstdint>
#include <functional>

#include "app/observation.h"
#include "base/mutex.h"

namespace wserve::observe {

// Filled on any thread, which never waits; emptied by one thread of its own.
class RecordQueue final : public app::Observer {
 public:
  // What is beyond is lost, and counted.
  static constexpr std::size_t kMaxRecords = 16'384;
  static constexpr std::size_t kMaxBytes = std::size_t{16} * 1024 * 1024;

  RecordQueue() = default;
  ~RecordQueue() override;

  void on_end(app::Observation& seen) noexcept override;
  // No more will come.
  void close() noexcept;

  // Hands each over, in the order of their ends, until the queue is closed and empty. Behind some
  // of them `pause` gets how many were lost before.
  using Take = std::function<void(app::Observation& seen)>;
  using Pause = std::function<void(std::uint64_t lost)>;
  void run(const Take& take, const Pause& pause);

 private:
  enum class Runner : std::uint8_t { kBusy, kNapping, kAsleep };

  // All that there are, as a list; null when none will come.
  [[nodiscard]] app::Observation* wait_for_some(std::uint64_t& lost);

  base::Mutex mutex_;
  base::Condition changed_;
  app::Observation* first_ GUARDED_BY(mutex_) = nullptr;
  app::Observation* last_ GUARDED_BY(mutex_) = nullptr;
  std::size_t records_ GUARDED_BY(mutex_) = 0;
  std::size_t bytes_ GUARDED_BY(mutex_) = 0;
  std::uint64_t lost_ GUARDED_BY(mutex_) = 0;
  Runner runner_ GUARDED_BY(mutex_) = Runner::kBusy;
  bool is_closed_ GUARDED_BY(mutex_) = false;
};

}  // namespace wserve::observe
