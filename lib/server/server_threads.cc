// What the threads of a server do: workers run the application, others turn the loops.
#include <algorithm>
#include <chrono>

#include "base/guard.h"
#include "base/text.h"
#include "server/server.h"

namespace wserve::server {

using base::Status;
using std::chrono::milliseconds;

namespace {

// For the workers' sake: application code that outlives run() would use what its owner has freed.
constexpr milliseconds kMinGrace{1'000};
constexpr milliseconds kMaxGrace{5'000};

}  // namespace

// Does not throw: threads that run already must be stopped when one more cannot be had.
Status Server::start_thread(base::ThreadGroup& group, const char* name,
                            void (Server::*body)(unsigned), unsigned index) noexcept {
  return base::guarded([&]() -> Status {
    base::Ref<Server> self(this);
    return group.start(name, [self, body, index] { (self.get()->*body)(index); });
  });
}

void Server::work(unsigned index) {
  let_stack_signal_in();
  // The application may end the thread, which unwinds through here.
  const auto leave = [index](Server* server) { server->leave_work(index); };
  const std::unique_ptr<Server, decltype(leave)> at_the_end(this, leave);
  pool_->work(index);
}

// A thread that the application has ended gets a successor.
void Server::leave_work(unsigned index) noexcept {
  pool_->on_exited(index);
}

// How many of them nobody waits for any more.
unsigned Server::wait_for_workers() noexcept {
  const milliseconds grace =
      std::clamp(milliseconds(stop_request_.limit_ms.load()), kMinGrace, kMaxGrace);
  const unsigned left = workers_->wait(grace);
  warn_about_running(left);
  return left;
}

// Without a lock: the log calls the host program.
void Server::warn_about_running(unsigned threads) noexcept {
  if (threads > 0) {
    static_cast<void>(base::guarded([&]() -> Status {
      log_->write(base::Severity::kWarning,
                  base::concat(threads, " thread(s) still running the application"));
      return {};
    }));
  }
}

bool Server::is_own_thread() noexcept {
  return turner_.load() == std::this_thread::get_id() || workers_->has_this_thread() ||
         loop_threads_->has_this_thread() || observers_->has_this_thread();
}

void Server::turn_loop(unsigned index) {
  let_stack_signal_in();
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
