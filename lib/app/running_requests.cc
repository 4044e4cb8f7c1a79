// A list with a lock, which only those take who look for slow requests.
#include "app/running_requests.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <utility>

#include "base/awake_time.h"
#include "base/text.h"

namespace wserve::app {

using base::Millis;

namespace {

// What the thread is called: "wserve-worker", or as the host program has named it.
std::string thread_name(pid_t thread) {
  std::array<char, 64> path{};
  std::array<char, 64> name{};
  std::snprintf(path.data(), path.size(), "/proc/self/task/%d/comm", static_cast<int>(thread));
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.data(), "re"),
                                                             std::fclose);
  const bool is_read = file && std::fgets(name.data(), name.size(), file.get()) != nullptr;
  const std::string text = is_read ? name.data() : "";
  return base::printable(text.substr(0, text.find('\n')));
}

}  // namespace

std::string seconds_text(Millis time) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%lld.%lld s",
                static_cast<long long>(time.count() / 1000),
                static_cast<long long>(time.count() % 1000 / 100));
  return text.data();
}

Millis next_word_behind(Millis word, Millis running) noexcept {
  while (word <= running) {
    word *= 2;
  }
  return word;
}

void RunningRequests::enter(Entry& entry, const void* request, std::string name,
                            Millis now) noexcept {
  entry.leave();
  entry.name_ = std::move(name);
  entry.request_ = request;
  entry.thread_ = ::gettid();
  entry.taken_ = now;
  entry.running_ = Millis(0);
  entry.next_word_ = limit_;
  entry.list_ = this;
  base::MutexLock lock(mutex_);
  entry.number_ = ++entered_;
  entry.previous_ = nullptr;
  entry.next_ = first_;
  if (first_ != nullptr) {
    first_->previous_ = &entry;
  }
  first_ = &entry;
}

void RunningRequests::Entry::leave() noexcept {
  if (list_ != nullptr) {
    std::exchange(list_, nullptr)->remove(*this);
  }
}

void RunningRequests::remove(Entry& entry) noexcept {
  base::MutexLock lock(mutex_);
  (entry.previous_ != nullptr ? entry.previous_->next_ : first_) = entry.next_;
  if (entry.next_ != nullptr) {
    entry.next_->previous_ = entry.previous_;
  }
}

std::vector<RunningRequests::Slow> RunningRequests::take_slow(Millis now) {
  std::vector<Slow> slow;
  base::MutexLock lock(mutex_);
  for (Entry* one = first_; one != nullptr; one = one->next_) {
    one->running_ += std::min(now - std::max(last_look_, one->taken_), base::AwakeTime::kMaxStep);
    if (one->running_ >= one->next_word_) {
      slow.push_back({base::concat(one->name_, " has been running for ",
                                   seconds_text(one->running_), "; thread ", one->thread_, " (",
                                   thread_name(one->thread_), ") has taken it"),
                      one->request_, one->number_, one->thread_});
      one->next_word_ = next_word_behind(one->next_word_, one->running_);
    }
  }
  last_look_ = now;
  return slow;
}

bool RunningRequests::has(std::uint64_t number) noexcept {
  base::MutexLock lock(mutex_);
  for (const Entry* one = first_; one != nullptr; one = one->next_) {
    if (one->number_ == number) {
      return true;
    }
  }
  return false;
}

}  // namespace wserve::app
