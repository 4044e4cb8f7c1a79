// Those who are told of requests that have ended, and the thread that tells them.
#include <algorithm>

#include "base/guard.h"
#include "base/text.h"
#include "server/server.h"

namespace wserve::server {

using base::Status;

namespace {

// A program that does not let go of the last request is not waited for.
constexpr std::chrono::milliseconds kGrace{5'000};

}  // namespace

Status Server::set_done(Done done) {
  Status may_change = check_may_change();
  if (may_change.is_ok()) {
    base::MutexLock lock(done_mutex_);
    done_ = std::move(done);
    is_done_wanted_ = static_cast<bool>(done_);
  }
  return may_change;
}

// Once the service is made.
void Server::prepare_observers() {
  if (!is_done_wanted_) {
    return;
  }
  records_ = std::make_unique<observe::RecordQueue>();
  auto observers = std::make_unique<app::Observers>(*service_->clock);
  observers->all.push_back(records_.get());
  observers->keep_heads = true;
  service_->observers = std::move(observers);
}

Status Server::start_observer() noexcept {
  return records_ ? start_thread(*observers_, "wserve-observer", &Server::observe, 0) : Status();
}

void Server::observe(unsigned /*index*/) {
  records_->run([this](const app::Observation& seen) { tell(seen); },
                [this](std::uint64_t lost) { log_lost_records(lost); });
}

void Server::tell(const app::Observation& seen) {
  const observe::Record record(seen, observe::wall_offset(clock_));
  base::MutexLock lock(done_mutex_);
  if (done_) {
    static_cast<void>(base::guarded([&]() -> Status {
      done_(record);
      return {};
    }));
  }
}

void Server::log_lost_records(std::uint64_t lost) noexcept {
  if (lost == 0) {
    return;
  }
  static_cast<void>(base::guarded([&]() -> Status {
    service_->client_logs.observers.write(
        base::Severity::kWarning,
        base::concat(lost, " request(s) were not told of: who is told is too slow"));
    return {};
  }));
}

// The host program may have gone.
void Server::silence_observers() noexcept {
  base::MutexLock lock(done_mutex_);
  done_ = nullptr;
}

unsigned Server::join_observers() noexcept {
  static_cast<void>(observers_->wait(kGrace));
  return observers_->join();
}

}  // namespace wserve::server
