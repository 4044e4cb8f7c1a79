// Detached threads with a clean signal mask.
#include "base/thread.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>

#include <exception>
#include <memory>

namespace wserve::base {

namespace {

struct Task {
  const char* name;
  std::function<void()> body;
};

// The thread names itself: its creator would need a descriptor for that, and might find it gone.
void* thread_main(void* argument) {
  const std::unique_ptr<Task> task(static_cast<Task*>(argument));
  ::pthread_setname_np(::pthread_self(), task->name);
  prepare_to_throw();
  task->body();
  return nullptr;
}

int create(Task* task) {
  pthread_attr_t attributes;
  if (const int error = ::pthread_attr_init(&attributes); error != 0) {
    return error;
  }
  ::pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_t thread{};
  const int error = ::pthread_create(&thread, &attributes, thread_main, task);
  ::pthread_attr_destroy(&attributes);
  return error;
}

}  // namespace

Status start_thread(const char* name, std::function<void()> body) {
  auto owned = std::make_unique<Task>(Task{.name = name, .body = std::move(body)});
  // A thread inherits the mask of its creator.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  const int error = create(owned.get());
  if (error == 0) {
    static_cast<void>(owned.release());  // the thread's now
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return error == 0 ? Status() : system_failure("thread", error);
}

void prepare_to_throw() noexcept {
  static_cast<void>(std::uncaught_exceptions());
}

bool has_usual_policy() noexcept {
  return ::sched_getscheduler(0) == SCHED_OTHER;
}

void may_interrupt(bool others) noexcept {
  const sched_param none{};
  const int policy = others ? SCHED_OTHER : SCHED_BATCH;
  static_cast<void>(::sched_setscheduler(0, policy, &none));  // 0: this thread
}

}  // namespace wserve::base
