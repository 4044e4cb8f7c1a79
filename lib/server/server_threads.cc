// The threads of a server: workers that run the application, and those that turn the loops.
#include <chrono>

#include "base/guard.h"
#include "base/thread.h"
#include "server/server.h"

namespace wserve::server {

using base::Status;
using std::chrono::milliseconds;

Status Server::start_workers() {
  if (pool_ == nullptr) {
    return {};
  }
  for (unsigned i = 0; i < options_.settings().threads; ++i) {
    if (Status hired = hire(i); !hired.is_ok()) {
      return hired;
    }
  }
  return {};
}

// Any thread.
Status Server::hire(unsigned index) noexcept {
  {
    base::MutexLock lock(mutex_);
    ++workers_;
  }
  Status started = start_thread("wserve-worker", &Server::work, index);
  if (!started.is_ok()) {
    note_end_of_worker();
  }
  return started;
}

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

// The workers', and those of the loops from `first_loop` on. On failure every loop ends that has a
// thread, or would have got one.
Status Server::start_threads(unsigned first_loop) noexcept {
  Status started = start_workers();
  for (unsigned i = first_loop; i < loops_.size(); ++i) {
    if (started.is_ok()) {
      started = start_thread("wserve-loop",
                             is_pulled() ? &Server::turn_loop_for_workers : &Server::turn_loop, i);
    }
    if (!started.is_ok()) {
      drain(milliseconds(0));
      leave_loop(i);
    }
  }
  return started;
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
