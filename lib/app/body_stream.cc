// A window of bytes between the loop, which must not wait, and an application, which may.
#include "app/body_stream.h"

#include <algorithm>
#include <cstring>

#include "base/guard.h"

namespace wserve::app {

using base::Code;

namespace {

// Memory that a reader which keeps up does not give back each time.
constexpr std::size_t kKeptMemory = 64 * 1024;

}  // namespace

base::Ref<BodyStream> BodyStream::make(std::size_t window, base::Ref<ResponseSink> sink) {
  // NOLINTNEXTLINE(cppcoreguidelines-owning-memory): the reference count owns it.
  return base::Ref<BodyStream>(new BodyStream(window, nullptr, std::move(sink)));
}

base::Ref<BodyStream> BodyStream::make_collecting(base::Spool& spool,
                                                  base::Ref<ResponseSink> sink) {
  // NOLINTNEXTLINE(cppcoreguidelines-owning-memory): the reference count owns it.
  return base::Ref<BodyStream>(new BodyStream(0, &spool, std::move(sink)));
}

void BodyStream::tell() noexcept {
  changed_.notify_all();
  sink_->signal();
}

base::Status BodyStream::append(ByteView bytes) {
  base::MutexLock lock(mutex_);
  has_begun_ = true;
  if (is_discarded_ || !failure_.is_ok()) {
    return {};
  }
  if (spool_ != nullptr) {
    return spool_->append(bytes);
  }
  bytes_.append(bytes);
  tell();
  return {};
}

void BodyStream::finish(ByteView trailers) {
  base::MutexLock lock(mutex_);
  trailers_ = trailers;
  has_begun_ = has_ended_ = true;
  tell();
}

void BodyStream::fail(base::Status why) noexcept {
  base::MutexLock lock(mutex_);
  if (!is_over()) {
    failure_ = std::move(why);
    tell();
  }
}

bool BodyStream::is_full() noexcept {
  base::MutexLock lock(mutex_);
  const bool is_full = !is_discarded_ && spool_ == nullptr && unread() >= window_;
  // Once said it holds until the reader calls: who has been told so does not look again.
  loop_waits_ = loop_waits_ || is_full;
  return is_full;
}

void BodyStream::discard() noexcept {
  base::MutexLock lock(mutex_);
  is_discarded_ = true;
  spool_ = nullptr;
  bytes_ = std::string();
  begin_ = 0;
}

Status BodyStream::wait(Wait limit) {
  const auto until = std::chrono::steady_clock::now() + std::max(limit, Wait(0));
  while (unread() == 0 && !is_over()) {
    if (limit < Wait(0)) {
      changed_.wait(mutex_);
      continue;
    }
    const auto left = std::chrono::ceil<Wait>(until - std::chrono::steady_clock::now());
    if (left <= Wait(0)) {
      return Code::kTimeout;
    }
    changed_.wait_for(mutex_, left);
  }
  return unread() > 0 || has_ended_ ? Status() : failure_;
}

std::size_t BodyStream::take(char* to, std::size_t capacity) noexcept {
  const std::size_t size = std::min(capacity, unread());
  if (size > 0) {
    std::memcpy(to, bytes_.data() + begin_, size);
  }
  begin_ += size;
  if (begin_ == bytes_.size()) {
    begin_ = 0;
    if (bytes_.capacity() > kKeptMemory) {
      bytes_ = std::string();
    } else {
      bytes_.clear();
    }
  } else if (begin_ >= window_) {
    bytes_.erase(0, begin_);
    begin_ = 0;
  }
  return size;
}

Status BodyStream::read(char* to, std::size_t capacity, std::size_t& got, Wait limit) {
  bool notifies_loop = false;
  got = 0;
  {
    base::MutexLock lock(mutex_);
    if (Status ready = wait(limit); !ready.is_ok()) {
      return ready;
    }
    got = take(to, capacity);
    // Half a window at a time: a call for each byte that was read would cost more than the byte.
    notifies_loop = loop_waits_ && unread() <= window_ / 2;
    loop_waits_ = loop_waits_ && !notifies_loop;
  }
  if (notifies_loop) {
    sink_->notify_loop();
  }
  return {};
}

Status BodyStream::wait_for_end() {
  base::MutexLock lock(mutex_);
  while (!is_over()) {
    changed_.wait(mutex_);
  }
  return has_ended_ ? Status() : failure_;
}

bool BodyStream::has_ended() noexcept {
  base::MutexLock lock(mutex_);
  return is_over();
}

bool BodyStream::has_begun() noexcept {
  base::MutexLock lock(mutex_);
  return has_begun_;
}

bool BodyStream::is_complete() noexcept {
  base::MutexLock lock(mutex_);
  return has_ended_;
}

std::string BodyStream::take_trailers() {
  base::MutexLock lock(mutex_);
  return std::move(trailers_);
}

}  // namespace wserve::app
