// Threads with a clean signal mask, known from their start to their real end.
#include "base/thread_group.h"

#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>

#include "base/thread.h"
#include "base/time_limit.h"

namespace wserve::base {

using std::chrono::milliseconds;

namespace {

// For the thread-local objects of the host program, whose destructors may do as they like.
constexpr milliseconds kMaxEnd{5'000};

// Two steps of a thread that ends: a sleep of this length is longer than they are.
constexpr timespec kPause{.tv_sec = 0, .tv_nsec = 50'000};

class AllSignalsBlocked {
 public:
  AllSignalsBlocked() noexcept {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  AllSignalsBlocked(const AllSignalsBlocked&) = delete;
  AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;
  ~AllSignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

bool is_in_kernel(pid_t id) noexcept {
  return ::syscall(SYS_tgkill, ::getpid(), id, 0) == 0;
}

}  // namespace

struct ThreadGroup::Task {
  const char* name;
  std::shared_ptr<ThreadGroup> group;
  Members::iterator member;
  std::function<void()> body;
};

// The last act of a thread, also of one that the application ends (pthread_exit).
class ThreadGroup::Departure {
 public:
  explicit Departure(Task& task) noexcept : task_(task) {}
  Departure(const Departure&) = delete;
  Departure& operator=(const Departure&) = delete;
  ~Departure() {
    task_.body = nullptr;
    task_.group->leave(task_.member);
  }

 private:
  Task& task_;
};

// The thread names itself: its creator would need a descriptor for that, and might find it gone.
void* ThreadGroup::thread_main(void* argument) {
  const std::unique_ptr<Task> task(static_cast<Task*>(argument));
  const Departure at_the_end(*task);
  ::pthread_setname_np(::pthread_self(), task->name);
  prepare_to_throw();
  task->body();
  return nullptr;
}

Status ThreadGroup::start(const char* name, std::function<void()> body) {
  clear_away();
  Members member(1);
  auto task = std::make_unique<Task>(Task{.name = name,
                                          .group = shared_from_this(),
                                          .member = member.begin(),
                                          .body = std::move(body)});
  const AllSignalsBlocked inherited;
  MutexLock lock(mutex_);  // until the member is complete: the thread may end at once
  const int error = ::pthread_create(&member.front().thread, nullptr, thread_main, task.get());
  if (error != 0) {
    return system_failure("thread", error);
  }
  static_cast<void>(task.release());  // the thread's now
  members_.splice(members_.end(), member);
  return {};
}

bool ThreadGroup::has_this_thread() noexcept {
  MutexLock lock(mutex_);
  return std::any_of(members_.begin(), members_.end(), [](const Member& member) {
    return ::pthread_equal(member.thread, ::pthread_self()) != 0;
  });
}

unsigned ThreadGroup::count(State state) const noexcept {
  return static_cast<unsigned>(
      std::count_if(members_.begin(), members_.end(),
                    [state](const Member& member) { return member.state == state; }));
}

void ThreadGroup::leave(Members::iterator member) noexcept {
  MutexLock lock(mutex_);
  if (member->state == State::kLetGo) {
    members_.erase(member);
    return;
  }
  member->id = static_cast<pid_t>(::syscall(SYS_gettid));
  member->state = State::kEnded;
  something_ended_.notify_all();
}

unsigned ThreadGroup::let_go_of_running() noexcept {
  const unsigned running = count(State::kRuns);
  for (Member& member : members_) {
    if (member.state == State::kRuns) {
      member.state = State::kLetGo;
      ::pthread_detach(member.thread);
    }
  }
  something_ended_.notify_all();  // nobody waits for them any more
  return running;
}

unsigned ThreadGroup::wait(milliseconds limit) noexcept {
  const TimeLimit until(limit);
  MutexLock lock(mutex_);
  while (count(State::kRuns) > 0 && until.left() > milliseconds(0)) {
    something_ended_.wait_for(mutex_, until.left());
  }
  return let_go_of_running();
}

// Gives back what threads have left that ended earlier, and waits for none.
void ThreadGroup::clear_away() noexcept {
  MutexLock lock(mutex_);
  std::erase_if(members_, [](const Member& member) {
    const bool is_over = member.state == State::kEnded && !is_in_kernel(member.id);
    return is_over && ::pthread_join(member.thread, nullptr) == 0;
  });
}

// False when none is left.
bool ThreadGroup::take_ended(Members::iterator& member) noexcept {
  MutexLock lock(mutex_);
  while (members_.size() > count(State::kLetGo)) {
    member = std::find_if(members_.begin(), members_.end(),
                          [](const Member& each) { return each.state == State::kEnded; });
    if (member != members_.end()) {
      member->state = State::kIsJoined;
      return true;
    }
    something_ended_.wait(mutex_);
  }
  return false;
}

void ThreadGroup::remove(Members::iterator member) noexcept {
  MutexLock lock(mutex_);
  members_.erase(member);
  something_ended_.notify_all();
}

// pthread_join(3) comes back a little before the kernel has forgotten the thread, which unshare(2)
// and setns(2) would notice. So the kernel is asked, and then there is nothing to wait for. False
// when the time is up.
bool ThreadGroup::retire(const Member& member) noexcept {
  const TimeLimit until(kMaxEnd);
  while (is_in_kernel(member.id)) {
    if (until.left() == milliseconds(0)) {
      // Its number may be another's by now.
      return ::pthread_tryjoin_np(member.thread, nullptr) == 0 ||
             ::pthread_detach(member.thread) != 0;
    }
    ::nanosleep(&kPause, nullptr);
  }
  ::pthread_join(member.thread, nullptr);
  return true;
}

unsigned ThreadGroup::join() noexcept {
  unsigned left = 0;
  Members::iterator member;
  while (take_ended(member)) {
    left += retire(*member) ? 0U : 1U;
    remove(member);
  }
  return left;
}

void ThreadGroup::let_go() noexcept {
  MutexLock lock(mutex_);
  static_cast<void>(let_go_of_running());
  std::erase_if(members_, [](const Member& member) {
    return member.state == State::kEnded && ::pthread_detach(member.thread) == 0;
  });
}

}  // namespace wserve::base
