// A handler that looks at its own stack, and somebody who waits for it.
#include "server/thread_stack.h"

#include <execinfo.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <memory>

#include "base/mutex.h"
#include "base/text.h"
#include "base/uninterrupted.h"

namespace wserve::server {

using base::Status;

namespace {

constexpr int kSignal = SIGURG;
constexpr int kMaxFrames = 64;
constexpr int kOwnFrames = 2;            // the handler, and what the kernel calls it by
constexpr long kPatience = 200'000'000;  // nanoseconds
constexpr long kSecond = 1'000'000'000;

// A handler finds nothing but what is static. One thread is asked at a time.
struct Question {
  std::atomic<pid_t> thread{0};  // who is to answer; taken back when it does not
  std::array<void*, kMaxFrames> frames{};
  int count = 0;
  sem_t answered{};
};

Question question;        // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)
base::Mutex asking;       // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)
bool is_claimed = false;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

// backtrace() is not in the list of signal-safety(7). Once its library is loaded it asks for no
// memory; where that library takes the lock of the dynamic loader (before glibc 2.35), a thread
// that is inside dlopen() would wait for itself.
void answer(int /*signal*/) {
  const int kept_errno = errno;
  pid_t self = static_cast<pid_t>(::syscall(SYS_gettid));
  if (question.thread.compare_exchange_strong(self, 0)) {
    question.count = ::backtrace(question.frames.data(), kMaxFrames);
    ::sem_post(&question.answered);
  }
  errno = kept_errno;
}

Status install() {
  struct sigaction found {};
  ::sigaction(kSignal, nullptr, &found);
  const bool is_free = (found.sa_flags & SA_SIGINFO) == 0 &&
                       (found.sa_handler == SIG_DFL || found.sa_handler == SIG_IGN);
  if (!is_free) {
    return {base::Code::kConflict,
            "slow_request_stack=signal needs SIGURG, which the program uses"};
  }
  struct sigaction own {};
  own.sa_handler = answer;
  own.sa_flags = SA_RESTART | SA_ONSTACK;
  ::sigfillset(&own.sa_mask);
  ::sigaction(kSignal, &own, nullptr);
  return {};
}

timespec end_of_patience() noexcept {
  timespec until{};
  ::clock_gettime(CLOCK_REALTIME, &until);
  until.tv_nsec += kPatience;
  if (until.tv_nsec >= kSecond) {
    until.tv_nsec -= kSecond;
    ++until.tv_sec;
  }
  return until;
}

int wait_for_answer(const timespec& until) noexcept {
  return base::uninterrupted([&] { return ::sem_timedwait(&question.answered, &until); });
}

// A thread that has begun to answer is waited for: it writes into what the next one would read.
bool ask(pid_t thread) noexcept {
  question.thread.store(thread);
  const bool is_sent = ::syscall(SYS_tgkill, ::getpid(), thread, kSignal) == 0;
  if (is_sent && wait_for_answer(end_of_patience()) == 0) {
    return true;
  }
  if (question.thread.exchange(0) == thread) {
    return false;
  }
  while (::sem_wait(&question.answered) != 0) {
  }
  return true;
}

std::string frames_text() {
  const int count = question.count - kOwnFrames;
  if (count <= 0) {
    return {};
  }
  const std::unique_ptr<char*, void (*)(void*)> symbols(
      ::backtrace_symbols(question.frames.data() + kOwnFrames, count), std::free);
  std::string text;
  for (int i = 0; symbols && i < count; ++i) {
    text += base::concat(i > 0 ? "\n" : "", symbols.get()[i]);
  }
  return text;
}

}  // namespace

Status claim_stack_signal() {
  base::MutexLock lock(asking);
  if (is_claimed) {
    return {};
  }
  ::sem_init(&question.answered, 0, 0);
  // The first call loads the library that reads stacks.
  question.count = ::backtrace(question.frames.data(), kMaxFrames);
  Status installed = install();
  is_claimed = installed.is_ok();
  return installed;
}

void let_stack_signal_in() noexcept {
  sigset_t wanted;
  ::sigemptyset(&wanted);
  ::sigaddset(&wanted, kSignal);
  ::pthread_sigmask(SIG_UNBLOCK, &wanted, nullptr);
}

std::string stack_of(pid_t thread) {
  base::MutexLock lock(asking);
  return ask(thread) ? frames_text() : std::string();
}

}  // namespace wserve::server
