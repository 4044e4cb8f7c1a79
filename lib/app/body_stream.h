// The body of a request that is answered while it still comes.
#pragma once

#include <atomic>
#include <chrono>
#include <string>

#include "app/response_sink.h"
#include "base/mutex.h"
#include "base/ref_counted.h"
#include "base/spool.h"
#include "http/body_sink.h"

namespace wserve::app {

// The loop appends, one application thread at a time reads. What is not read yet stays in memory, a
// window full at most and what one read of the socket brings beyond it; the loop does not read the
// socket meanwhile.
class BodyStream final : public base::RefCounted<BodyStream>, public http::BodySink {
 public:
  using Wait = std::chrono::milliseconds;
  static constexpr Wait kForever{-1};

  // `sink` is where the answer goes; the loop is called through it.
  [[nodiscard]] static base::Ref<BodyStream> make(std::size_t window, base::Ref<ResponseSink> sink);
  // All of it is collected in `spool`, which nobody touches before the end, and which must live
  // until discard().
  [[nodiscard]] static base::Ref<BodyStream> make_collecting(base::Spool& spool,
                                                             base::Ref<ResponseSink> sink);

  // -- the loop thread

  base::Status append(ByteView bytes) override;
  // All of it has come; behind it stood these trailer lines.
  void finish(ByteView trailers);
  // No more will come: who reads gets `why`.
  void fail(base::Status why) noexcept;
  // Nothing is to be read from the socket now; when there is room again the loop is called.
  [[nodiscard]] bool is_full() noexcept;
  // The client waits for "100 Continue", and nobody has asked for the body yet.
  void hold() noexcept { is_held_.store(true, std::memory_order_relaxed); }
  [[nodiscard]] bool is_held() const noexcept { return is_held_.load(std::memory_order_relaxed); }

  // -- an application thread

  // True once, when the client waits for "100 Continue".
  [[nodiscard]] bool let_go() noexcept { return is_held() && is_held_.exchange(false); }
  // Up to `capacity` bytes; `got` is 0 at the end of the body. kTimeout when none has come in time,
  // kDisconnected when none will come any more.
  Status read(char* to, std::size_t capacity, std::size_t& got, Wait limit);
  // Waits until all of it has come, or none will come any more.
  Status wait_for_end();

  // -- any thread

  // Nobody will read what comes from here on.
  void discard() noexcept;
  [[nodiscard]] bool has_ended() noexcept;    // it has come, or failed
  [[nodiscard]] bool has_begun() noexcept;    // some of it has come
  [[nodiscard]] bool is_complete() noexcept;  // all of it has come
  // After the end.
  [[nodiscard]] std::string take_trailers();

  void last_released() noexcept { delete this; }  // NOLINT(cppcoreguidelines-owning-memory)

 private:
  BodyStream(std::size_t window, base::Spool* spool, base::Ref<ResponseSink> sink) noexcept
      : window_(window), sink_(std::move(sink)), spool_(spool) {}
  ~BodyStream() = default;

  [[nodiscard]] bool is_over() const noexcept REQUIRES(mutex_) {
    return has_ended_ || !failure_.is_ok();
  }
  [[nodiscard]] std::size_t unread() const noexcept REQUIRES(mutex_) {
    return bytes_.size() - begin_;
  }
  [[nodiscard]] Status wait(Wait limit) REQUIRES(mutex_);
  [[nodiscard]] std::size_t take(char* to, std::size_t capacity) noexcept REQUIRES(mutex_);
  void tell() noexcept REQUIRES(mutex_);

  const std::size_t window_;
  const base::Ref<ResponseSink> sink_;
  std::atomic<bool> is_held_{false};

  base::Mutex mutex_;
  base::Spool* spool_ GUARDED_BY(mutex_);
  base::Condition changed_;
  std::string bytes_ GUARDED_BY(mutex_);
  std::size_t begin_ GUARDED_BY(mutex_) = 0;  // of what was not read
  bool has_begun_ GUARDED_BY(mutex_) = false;
  bool has_ended_ GUARDED_BY(mutex_) = false;
  bool is_discarded_ GUARDED_BY(mutex_) = false;
  bool loop_waits_ GUARDED_BY(mutex_) = false;  // for room
  Status failure_ GUARDED_BY(mutex_);
  std::string trailers_ GUARDED_BY(mutex_);
};

}  // namespace wserve::app
