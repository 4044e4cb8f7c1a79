// std::jthread without stop tokens, which libc++ has only from 18 on.
#pragma once

#include <thread>
#include <utility>

namespace wserve::tests {

class JoiningThread {
 public:
  JoiningThread() = default;
  template <typename Body>
  explicit JoiningThread(Body body) : thread_(std::move(body)) {}
  JoiningThread(JoiningThread&&) = default;
  JoiningThread& operator=(JoiningThread&& other) noexcept {
    join();
    thread_ = std::move(other.thread_);
    return *this;
  }
  JoiningThread(const JoiningThread&) = delete;
  JoiningThread& operator=(const JoiningThread&) = delete;
  ~JoiningThread() { join(); }

  void join() {
    if (thread_.joinable()) {
      thread_.join();
    }
  }

 private:
  std::thread thread_;
};

}  // namespace wserve::tests
