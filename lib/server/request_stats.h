// What is counted of each request that has ended, where somebody looks at the metrics.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>

#include "app/observation.h"

namespace wserve::server {

// Any thread. Threads write to counters of their own, which are summed when somebody asks.
class RequestStats final : public app::Observer {
 public:
  // Upper bounds in microseconds; above them there is one bucket more.
  static constexpr std::array<std::uint32_t, 14> kBounds = {
      500,     1'000,   2'500,   5'000,     10'000,    25'000,     50'000,
      100'000, 250'000, 500'000, 1'000'000, 2'500'000, 10'000'000, 60'000'000};

  struct Histogram {
    std::array<std::uint64_t, kBounds.size() + 1> buckets{};
    std::uint64_t micros = 0;  // of all together
  };
  // By whether the method is safe (RFC 9110 §9.2.1), and by the first digit of the status, 0 when
  // no answer began.
  enum class Methods : std::uint8_t { kSafe, kUnsafe };
  struct Sums {
    std::array<std::array<std::uint64_t, 6>, 2> requests{};
    std::uint64_t bytes_in = 0;
    std::uint64_t bytes_out = 0;
    Histogram queue;    // until a thread takes it: Observation::queue_time()
    Histogram service;  // from there to the last byte
  };

  void on_end(app::Observation& seen) noexcept override;
  [[nodiscard]] Sums sums() const noexcept;

 private:
  using Number = std::atomic<std::uint64_t>;
  struct Times {
    std::array<Number, kBounds.size() + 1> buckets{};
    Number micros{0};
    void count(base::Micros time) noexcept;
    void add_to(Histogram& histogram) const noexcept;
  };
  struct alignas(64) Lane {
    std::array<std::array<Number, 6>, 2> requests{};
    Number bytes_in{0};
    Number bytes_out{0};
    Times queue;
    Times service;
  };
  static constexpr std::size_t kLanes = 16;
  [[nodiscard]] Lane& own_lane() noexcept;

  std::array<Lane, kLanes> lanes_;
};

}  // namespace wserve::server
