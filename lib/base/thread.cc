// Detached threads with a clean signal mask.
#include "base/thread.h"

#include <pthread.h>
#include <signal.h>

#include <memory>

namespace wserve::base {

namespace {

using Body = std::function<void()>;

void* thread_main(void* argument) {
  const std::unique_ptr<Body> body(static_cast<Body*>(argument));
  (*body)();
  return nullptr;
}

int create(pthread_t& thread, Body* body) {
  pthread_attr_t attributes;
  if (const int error = ::pthread_attr_init(&attributes); error != 0) {
    return error;
  }
  ::pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  const int error = ::pthread_create(&thread, &attributes, thread_main, body);
  ::pthread_attr_destroy(&attributes);
  return error;
}

}  // namespace

Status start_thread(const char* name, std::function<void()> body) {
  auto owned = std::make_unique<Body>(std::move(body));
  // A thread inherits the mask of its creator.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread{};
  const int error = create(thread, owned.get());
  if (error == 0) {
    static_cast<void>(owned.release());  // the thread's now
    ::pthread_setname_np(thread, name);
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return error == 0 ? Status() : system_failure("thread", error);
}

}  // namespace wserve::base
