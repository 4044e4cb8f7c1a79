// One request as those see it who observe: how far it came and when, and how it ended.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>

#include "app/observer.h"
#include "base/bytes.h"
#include "base/mutex.h"
#include "base/ref_counted.h"
#include "gateway/endpoint.h"
#include "http/request.h"

namespace wserve::observe {
class RecordQueue;
}

namespace wserve::app {

// What an exchange ended with. The numbers are those of ws_cause (include/wserve/observe.h); those
// of a limit have the name of its option.
enum class Cause : std::uint8_t {
  kAnswered,        // the whole answer was sent
  kRefused,         // by the server: it is no request that may be served
  kHeaderTimeout,   // the client was too slow
  kBodyTimeout,     // likewise
  kWriteTimeout,    // the client did not read its answer
  kRequestTimeout,  // the application was too slow
  kQueueTimeout,    // no thread of the application came free
  kQueueFull,       // likewise
  kAddressLimit,    // too many connections from one address
  kFailed,          // the application failed, gave no answer, or not all of it
  kClientGone,      // the client left before it had its answer
  kLost,            // a part of the answer could not be kept or read
  kStopped,         // the server stopped
  kDetached,        // the application took the connection over
};
inline constexpr std::size_t kCauses = 14;
// "client_gone"; "unknown" for a number that is none.
[[nodiscard]] const char* cause_name(std::size_t cause) noexcept;

enum class Moment : std::uint8_t {
  kAccepted,   // the connection was there
  kBegun,      // the first byte of the request was read
  kHead,       // its head was complete
  kWhole,      // its body too
  kTaken,      // an application thread took it
  kFirstByte,  // the answer began to be sent
  kLastByte,   // the system has taken all of it
};
inline constexpr std::size_t kMoments = 7;

// Made when a request begins, shared by whoever takes it a step further. Any thread, unless it is
// said otherwise.
class Observation final : public base::RefCounted<Observation> {
 public:
  using ByteView = base::ByteView;

  // `observers` outlives it until it has ended. Throws std::bad_alloc.
  [[nodiscard]] static base::Ref<Observation> make(const Observers& observers,
                                                   const gateway::Endpoint& endpoint,
                                                   base::Micros accepted);

  // -- the way of the request

  // Now; the first time counts.
  void reach(Moment moment) noexcept;
  // So many bytes of it came.
  void add_received(std::uint64_t bytes) noexcept {
    bytes_in_.fetch_add(bytes, std::memory_order_relaxed);
  }
  // Its head, as far as it was understood; the loop's thread, before it is handed over.
  void keep_head(const http::Request& request);
  // Who sent it, as far as proxies are believed; and who he is, as the application says.
  void keep_client(ByteView address) noexcept;
  void keep_user(ByteView name) noexcept;
  // What a proxy says of it: when it came there (by our clock, zero if it does not), and its names.
  void keep_marks(base::Micros proxied_at, ByteView id, ByteView trace_id) noexcept;
  // The first one counts: what follows is its consequence.
  void set_cause(Cause cause) noexcept;

  // -- the answer

  // The head that is pushed next, with its lines of fields.
  void propose_head(int status, ByteView head) noexcept;
  // The same of an answer that is one text, and no application's.
  void propose_page(int status, ByteView page, Cause cause) noexcept;
  // An interim answer is pushed: its bytes belong to no body.
  void add_interim(std::size_t size) noexcept {
    head_bytes_.fetch_add(size, std::memory_order_relaxed);
  }
  // What was proposed is on its way.
  void begin_answer() noexcept;
  // The answer is over: so many bytes of it were sent. Only the first call counts. `cause` if none
  // is known.
  void end(Cause cause, std::uint64_t bytes_out) noexcept;

  // -- behind the end

  [[nodiscard]] const Observers& observers() const noexcept { return observers_; }
  [[nodiscard]] Cause cause() const noexcept;
  // 0: no answer began.
  [[nodiscard]] int status() const noexcept { return status_.load(std::memory_order_relaxed); }
  // Zero: it did not come that far.
  [[nodiscard]] base::Micros time_of(Moment moment) const noexcept {
    return base::Micros(times_[static_cast<std::size_t>(moment)].load(std::memory_order_relaxed));
  }
  // From when it came to the proxy, else from when it could be served, to when a thread took it;
  // and how long of this it has waited here. -1: no thread did.
  [[nodiscard]] base::Micros queue_time() const noexcept;
  [[nodiscard]] base::Micros wait_time() const noexcept;
  [[nodiscard]] base::Micros ended() const noexcept { return ended_; }
  [[nodiscard]] std::uint64_t bytes_in() const noexcept {
    return bytes_in_.load(std::memory_order_relaxed);
  }
  // Of the whole answer; and without heads.
  [[nodiscard]] std::uint64_t bytes_out() const noexcept { return bytes_out_; }
  [[nodiscard]] std::uint64_t body_bytes_out() const noexcept;
  [[nodiscard]] const gateway::Endpoint& endpoint() const noexcept { return endpoint_; }

  // Texts, of which those that were not kept are empty. A NUL stands behind each.
  [[nodiscard]] ByteView method() const noexcept { return method_; }
  // RFC 9110 §9.2.1; also where no heads are kept.
  [[nodiscard]] bool is_safe() const noexcept { return is_safe_; }
  [[nodiscard]] ByteView target() const noexcept { return target_; }
  [[nodiscard]] ByteView protocol() const noexcept;  // "HTTP/1.1"
  // Of the request, or of the answer; the first of that name.
  [[nodiscard]] ByteView field(ByteView name) const noexcept;
  [[nodiscard]] ByteView answer_field(ByteView name) const noexcept;
  // Of the request, by its key in the environ without HTTP_.
  [[nodiscard]] ByteView field_by_key(ByteView key) const noexcept;
  // As the environ says; empty when none was made.
  [[nodiscard]] ByteView client() const noexcept { return client_; }
  [[nodiscard]] ByteView user() const noexcept { return user_; }
  // Empty when it has none.
  [[nodiscard]] ByteView id() const noexcept { return id_; }
  [[nodiscard]] ByteView trace_id() const noexcept { return trace_id_; }
  // Memory that it takes, about.
  [[nodiscard]] std::size_t size() const noexcept {
    return sizeof *this + head_.capacity() + answer_.capacity() + id_.capacity();
  }

  void last_released() noexcept { delete this; }  // NOLINT(cppcoreguidelines-owning-memory)

 private:
  // What is longer is kept to here.
  static constexpr std::size_t kMaxHead = 16 * 1024;

  Observation(const Observers& observers, const gateway::Endpoint& endpoint) noexcept
      : observers_(observers), endpoint_(endpoint) {}
  ~Observation() = default;
  [[nodiscard]] ByteView kept_part(std::size_t begin, std::size_t size) noexcept;
  [[nodiscard]] ByteView field_lines() const noexcept;
  void keep(std::string& text, ByteView value) noexcept;

  friend class observe::RecordQueue;

  static constexpr std::uint8_t kNoCause = 0xff;

  const Observers& observers_;
  const gateway::Endpoint endpoint_;
  std::array<std::atomic<base::Micros::rep>, kMoments> times_{};
  std::atomic<base::Micros::rep> proxied_at_{0};
  std::atomic<std::uint64_t> bytes_in_{0};
  std::atomic<std::size_t> head_bytes_{0};  // of the answer
  std::atomic<int> proposed_{0};
  std::atomic<int> status_{0};
  std::atomic<std::uint8_t> cause_{kNoCause};
  std::atomic<bool> has_ended_{false};
  std::uint64_t bytes_out_ = 0;
  base::Micros ended_{0};

  // The loop's until the request is handed over, then constant.
  std::string head_;  // as received
  ByteView method_;
  ByteView target_;
  int minor_version_ = -1;
  bool is_safe_ = false;

  // Written by the application's thread, and no more behind the end; which another thread may see
  // to. So the lock is for writing.
  base::Mutex mutex_;
  std::string client_;
  std::string user_;
  std::string id_;
  std::string trace_id_;
  std::string answer_;  // lines of fields

  Observation* next_ = nullptr;  // in a RecordQueue
};

}  // namespace wserve::app
