// Counting ends of requests, and summing them.
#include "server/request_stats.h"

#include <algorithm>

namespace wserve::server {

using app::Moment;

namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

// From 1 on; 0: it has none yet. In the thread's own block from its start, so that its first use
// needs no memory.
__attribute__((tls_model("initial-exec"))) constinit thread_local unsigned lane_of_thread = 0;

}  // namespace

RequestStats::Lane& RequestStats::own_lane() noexcept {
  static std::atomic<unsigned> threads{0};
  if (lane_of_thread == 0) {
    lane_of_thread = 1 + threads.fetch_add(1, kRelaxed) % kLanes;
  }
  return lanes_[lane_of_thread - 1];
}

void RequestStats::Times::count(base::Micros time) noexcept {
  const auto value = static_cast<std::uint64_t>(std::max<base::Micros::rep>(time.count(), 0));
  const auto* bound = std::lower_bound(kBounds.begin(), kBounds.end(), value);
  buckets[static_cast<std::size_t>(bound - kBounds.begin())].fetch_add(1, kRelaxed);
  micros.fetch_add(value, kRelaxed);
}

void RequestStats::Times::add_to(Histogram& histogram) const noexcept {
  for (std::size_t i = 0; i < buckets.size(); ++i) {
    histogram.buckets[i] += buckets[i].load(kRelaxed);
  }
  histogram.micros += micros.load(kRelaxed);
}

void RequestStats::on_end(app::Observation& seen) noexcept {
  Lane& lane = own_lane();
  const auto status = static_cast<std::size_t>(std::clamp(seen.status() / 100, 0, 5));
  lane.requests[seen.is_safe() ? 0 : 1][status].fetch_add(1, kRelaxed);
  lane.bytes_in.fetch_add(seen.bytes_in(), kRelaxed);
  lane.bytes_out.fetch_add(seen.bytes_out(), kRelaxed);
  const base::Micros taken = seen.time_of(Moment::kTaken);
  if (taken == base::Micros(0)) {
    return;  // no thread of the application has seen it
  }
  lane.queue.count(seen.queue_time());
  lane.service.count(seen.ended() - taken);
}

RequestStats::Sums RequestStats::sums() const noexcept {
  Sums sums;
  for (const Lane& lane : lanes_) {
    for (std::size_t i = 0; i < sums.requests.size(); ++i) {
      for (std::size_t j = 0; j < sums.requests[i].size(); ++j) {
        sums.requests[i][j] += lane.requests[i][j].load(kRelaxed);
      }
    }
    sums.bytes_in += lane.bytes_in.load(kRelaxed);
    sums.bytes_out += lane.bytes_out.load(kRelaxed);
    lane.queue.add_to(sums.queue);
    lane.service.add_to(sums.service);
  }
  return sums;
}

}  // namespace wserve::server
