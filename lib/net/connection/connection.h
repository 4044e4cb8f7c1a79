// One client: reads its requests, hands them over one at a time, and sees the answers off.
#pragma once

#include <cstdint>
#include <list>
#include <memory>

#include "base/ref_counted.h"
#include "base/unique_fd.h"
#include "gateway/endpoint.h"
#include "net/connection/connection_host.h"
#include "net/connection/incoming_request.h"
#include "net/connection/minimum_rate.h"
#include "net/connection/outbox.h"
#include "net/connection/per_address_limit.h"
#include "net/connection/transport.h"
#include "net/events/deadlines.h"
#include "net/events/event.h"

namespace wserve::net {

// Loop thread only. Events are edge-triggered: `is_readable_` remembers an edge until a read has
// found the socket empty, and nothing is registered anew for a request.
class Connection final : public DeadlineHook, private OutboxOwner {
 public:
  Connection(ConnectionHost& host, base::UniqueFd socket, const gateway::Endpoint& endpoint);

  // Begins to listen to the client. kNoMemory when libevent cannot.
  base::Status watch();

  // Does all that can be done without waiting. Afterwards the connection may be closed, but it
  // lives until the loop's turn ends.
  void advance();

  // The time of the current wait is up: gives up, unless something has come, or can go, after all.
  void give_up();

  // Drops the client at once.
  void close(app::Cause cause = app::Cause::kClientGone) noexcept;
  // Likewise, so that it sees an error.
  void reset(app::Cause cause = app::Cause::kLost) noexcept;
  // Likewise, unless it has got everything: the server stops.
  void cut() noexcept;

  [[nodiscard]] bool is_closed() const noexcept { return phase_ == Phase::kClosed; }
  // The application has a request, and has not answered it in time.
  [[nodiscard]] bool is_overdue() const noexcept { return phase_ == Phase::kBusy && is_time_up(); }
  [[nodiscard]] const gateway::Endpoint& endpoint() const noexcept { return endpoint_; }

  // Where the loop keeps it, and what it counts there.
  std::list<Connection>::iterator place;
  AddressSlot address_slot;

 private:
  enum class Phase : std::uint8_t {
    kReading,    // for the next request, or for the rest of one
    kBusy,       // the application has a request
    kFlushing,   // output waits; then reading, or the lingering close
    kLingering,  // all is sent; waiting until the client closes, so that it reads the last answer
    kClosed,
  };

  void on_outbox() noexcept override { host_.owner().advance(*this); }
  static void on_event(int socket, short what, void* connection) noexcept;
  void handle_event(short what) noexcept;
  void follow_peer() noexcept;

  // Each does one step of its phase; true when another step may be possible at once.
  [[nodiscard]] bool step();
  [[nodiscard]] bool read();
  [[nodiscard]] bool collect();
  [[nodiscard]] bool flush();
  [[nodiscard]] bool linger();

  [[nodiscard]] bool feed(base::ByteView input);
  [[nodiscard]] bool take_input(base::ByteView input);
  [[nodiscard]] bool pause_request();
  void open(app::Exchange& exchange);
  void open_for_thread(app::Exchange& exchange);
  void read_pipelined(app::Exchange& first, base::ByteView rest);
  [[nodiscard]] bool read_one_pipelined(PipelinedRequests& pipelined, base::ByteView& rest);
  [[nodiscard]] bool after_answer(const AnswerProgress& progress, base::ByteView& rest);

  // Of a request that is handed over, or answered, before its body is there: connection_body.cc.
  [[nodiscard]] bool take_head(base::ByteView& rest);
  [[nodiscard]] bool answer_at_head(base::ByteView& rest);
  [[nodiscard]] bool hand_over_at_head(app::BodyMode mode, base::ByteView& rest);
  void receive_body();
  void take_body(base::ByteView input);
  void end_body_early(const http::Refusal& refusal, app::Cause cause);
  [[nodiscard]] bool is_streaming() const noexcept { return incoming_ && incoming_->stream; }
  [[nodiscard]] bool is_discarding() const noexcept {
    return incoming_ && incoming_->is_discarding;
  }
  [[nodiscard]] bool is_body_awaited() const noexcept;
  void wait_while_busy();
  void end_stream(AnswerState turn);
  void begin_discarding();
  [[nodiscard]] bool discard(base::ByteView& input);
  [[nodiscard]] bool receive(base::ByteView& input);
  [[nodiscard]] std::uint64_t body_left() const noexcept;
  [[nodiscard]] bool answer(base::ByteView& rest);
  [[nodiscard]] bool finish_answer(AnswerState turn);
  [[nodiscard]] static bool must_flush(const AnswerProgress& progress,
                                       base::ByteView rest) noexcept;
  void keep(base::ByteView rest);
  void wait_for_request();
  void wait_for_more();
  void refuse(const http::Refusal& refusal, app::Cause cause);
  void begin_lingering() noexcept;
  void drain_while_busy() noexcept;
  [[nodiscard]] Waiting what_is_awaited() const noexcept;
  [[nodiscard]] bool is_new_wait(Waiting kind) noexcept;
  void wait_for_client(std::uint64_t taken) noexcept;
  void wait_for_body(std::uint64_t received);
  [[nodiscard]] bool is_time_up() const noexcept;
  [[nodiscard]] bool catch_up();
  void take_over();
  void take_over(const http::Refusal& refusal, app::Cause cause);
  void release_incoming() noexcept;
  void wait(Waiting kind) noexcept;
  [[nodiscard]] IncomingRequest& incoming();

  ConnectionHost& host_;
  Transport transport_;
  const gateway::Endpoint endpoint_;
  Event event_;
  base::Ref<Outbox> outbox_;
  std::unique_ptr<IncomingRequest> incoming_;
  Phase phase_ = Phase::kReading;
  bool is_readable_ = false;
  bool may_be_reset_ = false;       // the last event may have said so
  bool must_look_at_peer_ = false;  // an event may have said that the client has gone
  bool is_output_corked_ = false;   // answers wait for one more to join them
  bool is_closing_ : 1 = false;     // behind what is being flushed
  bool has_left_ : 1 = false;       // the client has closed its sending half
  bool is_head_request_ = false;
  std::uint8_t minor_version_ = 1;  // of the request that is being answered
  base::Millis answer_began_{0};    // with it; then the lingering close
  MinimumRate rate_;                // of a body that comes, or of output that goes
  std::uint64_t moved_ = 0;       // bytes of that output; then, what the lingering close threw away
  std::uint32_t requests_ = 0;    // taken so far
  std::uint32_t waited_for_ = 0;  // requests_ when a wait for the rest of one began
};

}  // namespace wserve::net
