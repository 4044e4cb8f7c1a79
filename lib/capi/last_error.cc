// A fixed text per thread.
#include "capi/last_error.h"

#include <pthread.h>

#include <cstdlib>
#include <span>
#include <string_view>

#include "base/text.h"
#include "capi/status_names.h"

namespace wserve::capi {

namespace {

constexpr std::size_t kCapacity = 4096;
constexpr std::string_view kCut = " [...]";

void* allocate() noexcept {
  return std::malloc(kCapacity);  // NOLINT: a C destructor frees it at the end of its thread
}

// What each thread has of it. No usual thread_local: in a library that was loaded by dlopen(3) its
// first use allocates memory, and ends the process when there is none.
class ThreadKey {
 public:
  explicit ThreadKey(void (*destroy)(void*)) noexcept
      : is_made_(::pthread_key_create(&key_, destroy) == 0) {}
  [[nodiscard]] void* get() const noexcept {
    return is_made_ ? ::pthread_getspecific(key_) : nullptr;
  }
  // False when there is no memory for it.
  [[nodiscard]] bool set(const void* value) const noexcept {
    return is_made_ && ::pthread_setspecific(key_, value) == 0;
  }

 private:
  pthread_key_t key_{};
  bool is_made_;
};

const ThreadKey buffer_of_thread(std::free);

// Null, in the buffer, or a static one. In the thread's own block from its start, so that its first
// use needs no memory.
__attribute__((tls_model("initial-exec"))) constinit thread_local const char* text_of_thread =
    nullptr;

// Null when there is no memory.
char* buffer() noexcept {
  if (void* made = buffer_of_thread.get(); made != nullptr) {
    return static_cast<char*>(made);
  }
  void* made = allocate();
  if (made != nullptr && !buffer_of_thread.set(made)) {
    std::free(made);  // NOLINT(cppcoreguidelines-no-malloc)
    made = nullptr;
  }
  return static_cast<char*>(made);
}

}  // namespace

void set_last_error(const base::Status& status) noexcept {
  const char* shown = describe(status.code());
  char* own = status.message().empty() ? nullptr : buffer();
  if (own != nullptr) {
    std::size_t size = base::printable(status.message(), std::span(own, kCapacity - 1));
    if (constexpr std::size_t kLongest = kCapacity - 1 - kCut.size(); size > kLongest) {
      size = base::printable(status.message(), std::span(own, kLongest));
      size += kCut.copy(own + size, kCut.size());
    }
    own[size] = '\0';
    shown = own;
  }
  text_of_thread = shown;
}

void clear_last_error() noexcept {
  text_of_thread = nullptr;
}

const char* last_error() noexcept {
  return text_of_thread != nullptr ? text_of_thread : "";
}

}  // namespace wserve::capi
