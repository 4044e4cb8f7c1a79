// The sending half of a connection: the only object that the loop and the application share.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "app/response_sink.h"
#include "base/mutex.h"
#include "net/connection/observed_answers.h"
#include "net/connection/pipelined_requests.h"
#include "net/connection/send_queue.h"
#include "net/events/loop_waker.h"

namespace wserve::net {

// The connection that an outbox sends for.
class OutboxOwner {
 public:
  // There is something for the loop to do. Loop thread.
  virtual void on_outbox() noexcept = 0;

 protected:
  ~OutboxOwner() = default;
};

struct OutboxLimits {
  std::size_t high_watermark = 16777216;  // copied bytes above which a writer waits
  SendQueue::Limits queue;
};

// How far the answer of a connection is, and what the connection does behind it.
enum class AnswerState : std::uint8_t { kBusy, kKeepOpen, kClose, kCut, kDetached };

struct AnswerProgress {
  AnswerState state;
  std::uint64_t waiting_bytes;         // of output, files too
  PipelinedRequests::Count pipelined;  // once the answer is complete
};

// Application threads push; they send on their own while nothing waits. Only the loop thread drains
// what waits, and only it closes the descriptor: close() ends every use of it first.
class Outbox final : public LoopSink {
 public:
  // `transport` stays the owner's. `limits` must outlive the outbox's connection.
  [[nodiscard]] static base::Ref<Outbox> make(Transport& transport, OutboxOwner& owner,
                                              base::Ref<LoopWaker> waker,
                                              const OutboxLimits& limits);

  // -- application threads

  app::Status push(std::span<const app::ByteView> pieces, app::Then then) override;
  app::Status push_file(app::FilePart part) override;
  [[nodiscard]] app::PeerState peer_state() const noexcept override {
    return is_lost_.load(std::memory_order_relaxed) ? app::PeerState::kLost
                                                    : peer_state_.load(std::memory_order_relaxed);
  }
  app::Status detach(base::UniqueFd& fd, std::string& ahead) override;
  [[nodiscard]] std::uint64_t pending() noexcept override;
  [[nodiscard]] bool is_above_mark() noexcept override;
  void set_mark(std::size_t bytes) override;
  app::Status open_signal(int& fd) override;
  void signal() noexcept override;
  void clear_signal() noexcept override;
  base::Ref<app::Exchange> take_pipelined(bool wanted) noexcept override;
  void notify_loop() noexcept override { waker_->enqueue(*this); }
  [[nodiscard]] bool is_loop_thread() const noexcept override { return waker_->is_loop_thread(); }

  // -- the loop thread

  // What has come behind the body of this turn's request.
  void keep_ahead(base::ByteView ahead);
  // The turn goes on without the loop, which is called at its end.
  void leave() noexcept;

  // An answer will be pushed. `ahead` is what was read behind its request; it must stay valid until
  // progress() is called. Corked answers are kept until drain(), to be sent together. The last turn
  // is over, as progress() has said, so that no application thread is here, and none comes before
  // it gets the request.
  void begin_answer(base::ByteView ahead, bool corked) noexcept NO_LOCK_NEEDED;

  // Behind begin_answer(), before the request is handed over: the thread that takes it takes these
  // as well, one after the other, unless something comes between. Their answers are held until the
  // last, or until drain(), which the loop sees to soon. Both throw std::bad_alloc.
  [[nodiscard]] PipelinedRequests& pipelined() NO_LOCK_NEEDED;
  void hand_over_pipelined() NO_LOCK_NEEDED;
  // A thread still comes for them.
  [[nodiscard]] bool has_pipelined() noexcept;
  [[nodiscard]] PipelinedRequests::Count forget_pipelined() noexcept;

  // The answers of this connection, which was accepted at this time, are observed; before the
  // first turn.
  void be_observed(base::Micros accepted) NO_LOCK_NEEDED;
  [[nodiscard]] base::Micros observed_since() const noexcept NO_LOCK_NEEDED;
  // That of this turn, by whom.
  void observe(const base::Ref<app::Observation>& seen) NO_LOCK_NEEDED;

  // How far the answer is. While it is kBusy a copy of `ahead` is kept; once it is not,
  // `kept_ahead` gets that copy. With `wants_call` the loop is called when the answer is complete
  // even if nothing else is to be done: it knows of input that it has not read.
  [[nodiscard]] AnswerProgress progress(std::string& kept_ahead, bool wants_call);

  void set_peer_state(app::PeerState why) noexcept;

  // Sends what waits. Adds the bytes that the client took to `taken`.
  [[nodiscard]] Sent drain(std::uint64_t& taken) noexcept;

  // The answer takes too long: what the application still pushes is dropped, and writers that wait
  // get kDisconnected. The turn ends with `page`, or with a cut when a part of the answer is out.
  void take_over(base::ByteView page, int status, app::Cause cause);

  // No call touches the descriptor from here on; writers that wait get kDisconnected.
  // Returns what was wrong with a file of the answer that was cut. `cause` is why, if an answer
  // was.
  std::optional<SendQueue::FileFault> close(app::Cause cause) noexcept;
  void run_on_loop() noexcept override {
    if (owner_ != nullptr) {
      owner_->on_outbox();
    }
  }

  void last_released() noexcept override { delete this; }  // NOLINT

 private:
  Outbox(Transport& transport, OutboxOwner& owner, base::Ref<LoopWaker> waker,
         const OutboxLimits& limits) noexcept;
  ~Outbox();

  [[nodiscard]] bool hold(std::span<const app::ByteView> pieces, std::size_t size,
                          app::Then then) noexcept REQUIRES(mutex_);
  [[nodiscard]] bool send_held() noexcept REQUIRES(mutex_);
  void begin_next() noexcept REQUIRES(mutex_);
  void begin_pipelined(base::Ref<app::Exchange>& exchange) noexcept REQUIRES(mutex_);
  PipelinedRequests::Count end_pipelined() noexcept REQUIRES(mutex_);
  // Null: there never were any.
  [[nodiscard]] PipelinedRequests* requests_behind() const noexcept REQUIRES(mutex_) {
    return backlog_ ? backlog_->pipelined.get() : nullptr;
  }
  [[nodiscard]] bool is_pipelined() const noexcept REQUIRES(mutex_) {
    return requests_behind() != nullptr && requests_behind()->is_handed_over();
  }
  // Of what was read behind the first request, what belongs to those that were answered with it.
  [[nodiscard]] std::size_t pipelined_bytes() const noexcept REQUIRES(mutex_) {
    return requests_behind() != nullptr ? requests_behind()->taken_bytes() : 0;
  }
  app::Status enqueue_or_send(std::span<const app::ByteView> pieces, app::Then then)
      REQUIRES(mutex_);
  app::Status enqueue(std::span<const app::ByteView> pieces, std::size_t skip) REQUIRES(mutex_);
  // Adds to the queue with `add(queue)`.
  template <typename Add>
  app::Status keep(Add&& add) REQUIRES(mutex_);
  void set_state(app::Then then) noexcept REQUIRES(mutex_);
  [[nodiscard]] bool is_usable() const noexcept REQUIRES(mutex_);
  [[nodiscard]] bool loop_has_work(bool was_empty) const noexcept REQUIRES(mutex_);
  app::Status wait_below_mark() REQUIRES(mutex_);
  app::Status broken() noexcept REQUIRES(mutex_);
  void on_pushed(std::span<const app::ByteView> pieces, app::Then then) noexcept REQUIRES(mutex_);
  void on_cut(app::Cause cause) noexcept REQUIRES(mutex_);
  [[nodiscard]] ObservedAnswers* observed() const noexcept REQUIRES(mutex_) {
    return backlog_ ? backlog_->observed.get() : nullptr;
  }

  // What the client has not taken, and who waits until it does. Most connections never have any.
  struct Backlog {
    explicit Backlog(const SendQueue::Limits& limits) noexcept : queue(limits) {}
    SendQueue queue;
    base::Condition drained;
    std::size_t mark = 0;                       // of this answer; 0: the usual one
    std::unique_ptr<ObservedAnswers> observed;  // null: nobody observes
    std::unique_ptr<PipelinedRequests> pipelined;
  };
  [[nodiscard]] SendQueue& queue_in(std::unique_ptr<Backlog>& backlog) const;  // makes it
  [[nodiscard]] bool is_drained() const noexcept REQUIRES(mutex_);
  [[nodiscard]] bool has_too_much() const noexcept REQUIRES(mutex_);
  [[nodiscard]] std::uint64_t waiting_bytes() const noexcept REQUIRES(mutex_);
  [[nodiscard]] Sent send_backlog(std::uint64_t& taken) noexcept REQUIRES(mutex_);
  void drop_backlog() noexcept REQUIRES(mutex_);
  void wake_waiters() noexcept REQUIRES(mutex_);

  const base::Ref<LoopWaker> waker_;
  const OutboxLimits& limits_;

  OutboxOwner* owner_;  // null once it has gone; loop thread only

  std::atomic<app::PeerState> peer_state_{app::PeerState::kPresent};
  std::atomic<bool> is_lost_{false};  // whatever the client does
  std::atomic<int> signal_{-1};       // an eventfd, once somebody has asked for it

  base::Mutex mutex_;
  Transport* transport_ GUARDED_BY(mutex_);  // null once it is closed
  AnswerState state_ GUARDED_BY(mutex_) = AnswerState::kKeepOpen;
  bool is_corked_ GUARDED_BY(mutex_) = false;
  bool is_holding_ GUARDED_BY(mutex_) = false;  // what waits, waits for what joins it
  bool is_broken_ GUARDED_BY(mutex_) = false;
  bool has_pushed_ GUARDED_BY(mutex_) = false;  // in this turn
  bool is_taken_over_ GUARDED_BY(mutex_) = false;
  bool loop_will_look_ GUARDED_BY(mutex_) = false;   // between begin_answer() and progress()
  bool loop_wants_call_ GUARDED_BY(mutex_) = false;  // it has input for the next turn
  bool wants_room_ GUARDED_BY(mutex_) = false;       // signal() when there is less than the mark
  unsigned waiters_ GUARDED_BY(mutex_) = 0;
  base::ByteView ahead_view_ GUARDED_BY(mutex_);
  std::string ahead_ GUARDED_BY(mutex_);
  std::unique_ptr<Backlog> backlog_ GUARDED_BY(mutex_);  // once made it stays
};

}  // namespace wserve::net
