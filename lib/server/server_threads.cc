// What the threads of a server do: workers run the application, others turn the loops.
#include <algorithm>
#include <chrono>

#include "base/guard.h"
#include "base/text.h"
#include "base/thread.h"
#include "server/server.h"

namespace wserve::server {

using base::Status;
using std::chrono::milliseconds;

namespace {

// For the workers' sake: application code that outlives run() would use what its owner has freed.
constexpr milliseconds kLeastGrace{1'000};
constexpr milliseconds kMostGrace{5'000};

}  // namespace

void Server::note_end_of_worker() noexcept {
  base::MutexLock lock(mutex_);
  --workers_;
  something_ended_.notify_all();
}

// Does not throw: threads that run already must be stopped when one more cannot be had.
Status Server::start_thread(const char* name, void (Server::*body)(unsigned),
                            unsigned index) noexcept {
  return base::guarded([&]() -> Status {
    base::Ref<Server> self(this);
    return base::start_thread(name, [self, body, index] { (self.get()->*body)(index); });
  });
}

void Server::work(unsigned index) {
  // The application may end the thread, which unwinds through here.
  const auto leave = [index](Server* server) { server->leave_work(index); };
  const std::unique_ptr<Server, decltype(leave)> at_the_end(this, leave);
  pool_->work(index);
}

// A thread that the application has ended gets a successor.
void Server::leave_work(unsigned index) noexcept {
  pool_->vacate(index);
  note_end_of_worker();
}

void Server::wait_for_workers() noexcept {
  const unsigned left = wait_until_workers_end();
  if (left > 0) {
    // Without the lock: the log calls the host program.
    static_cast<void>(base::guarded([&]() -> Status {
      log_->write(base::Severity::kWarning,
                  base::concat(left, " thread(s) still running the application"));
      return {};
    }));
  }
}

// How many are left when the time is up.
unsigned Server::wait_until_workers_end() noexcept {
  const milliseconds grace =
      std::clamp(milliseconds(stop_order_.limit_ms.load()), kLeastGrace, kMostGrace);
  const base::Millis until = clock_.now() + grace;
  base::MutexLock lock(mutex_);
  while (workers_ > 0) {
    const milliseconds left = until - clock_.now();
    if (left <= milliseconds(0)) {
      break;
    }
    something_ended_.wait_for(mutex_, left);
  }
  return workers_;
}

void Server::turn_loop(unsigned index) {
  while (loops_.turn(index, milliseconds(-1))) {
  }
  leave_loop(index);
}

// The last one turns out the lights.
void Server::leave_loop(unsigned index) noexcept {
  if (loops_.leave(index)) {
    finish();
  }
}
}  // namespace wserve::server
