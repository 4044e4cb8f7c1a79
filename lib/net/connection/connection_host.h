// What a connection has of the loop that it belongs to.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "app/dispatcher.h"
#include "app/exchange_pool.h"
#include "app/service.h"
#include "base/byte_block.h"
#include "http/http_date.h"
#include "http/refusal.h"
#include "net/connection/incoming_request.h"
#include "net/connection/loop_settings.h"
#include "net/connection/send_queue.h"
#include "net/events/deadlines.h"
#include "net/events/event.h"
#include "net/events/loop_clock.h"
#include "net/events/loop_waker.h"

namespace wserve::net {

class Connection;

// Who keeps the connections.
class ConnectionOwner {
 public:
  // Lets a connection do what it can; an exception closes it.
  virtual void advance(Connection& connection) noexcept = 0;
  // Likewise, when the others have had their turn.
  virtual void advance_later(Connection& connection) = 0;
  // The connection has closed: it is destroyed when the turn ends.
  virtual void retire(Connection& connection) noexcept = 0;

 protected:
  ~ConnectionOwner() = default;
};

// Loop thread only, but for the waker. What it is made with outlives it.
class ConnectionHost {
 public:
  ConnectionHost(ConnectionOwner& owner, const LoopSettings& settings, const base::Clock& clock,
                 app::Dispatcher& dispatcher, std::shared_ptr<const app::Service> service,
                 LoopStats& stats);
  ConnectionHost(const ConnectionHost&) = delete;
  ConnectionHost& operator=(const ConnectionHost&) = delete;

  // Opens the descriptors; on the thread and in the process that will turn the loop.
  base::Status open();

  [[nodiscard]] ConnectionOwner& owner() noexcept { return owner_; }
  [[nodiscard]] event_base* events() noexcept { return base_.get(); }
  [[nodiscard]] const base::Ref<LoopWaker>& waker() const noexcept { return waker_; }
  [[nodiscard]] const LoopSettings& settings() const noexcept { return settings_; }
  [[nodiscard]] const app::Service& service() const noexcept { return *service_; }
  [[nodiscard]] Deadlines& deadlines() noexcept { return deadlines_; }
  [[nodiscard]] LoopClock& clock() noexcept { return loop_clock_; }
  [[nodiscard]] base::Millis now() const noexcept { return loop_clock_.now(); }
  [[nodiscard]] const http::HttpDate::Text& date() noexcept;
  // For one read; its content is gone with the next. Larger when so many bytes of a body are to
  // come.
  [[nodiscard]] std::span<char> buffer(std::uint64_t body_bytes) noexcept;

  // Workers hear of it by hand_over(), or when many requests wait for that.
  void submit(base::Ref<app::Exchange> exchange) noexcept;
  void hand_over() noexcept;

  // Whether pipelined requests go to one thread together; and what that thread holds of their
  // answers is sent in a while though it is busy. Throws std::bad_alloc.
  [[nodiscard]] bool hands_over_pipelined() const noexcept {
    return settings_.hands_over_pipelined && service_->at_head == nullptr &&
           settings_.answer_limit.get() == base::Millis(0);
  }
  void flush_soon(const base::Ref<Outbox>& outbox);

  [[nodiscard]] std::unique_ptr<IncomingRequest> lend_incoming();
  void give_back(std::unique_ptr<IncomingRequest> incoming) noexcept;

  void log_socket_error(const char* call, int error) noexcept;
  void log_file_fault(const SendQueue::FileFault& fault) noexcept;
  void on_refusal(const http::Refusal& refusal, app::Cause cause,
                  const gateway::Endpoint& endpoint);

 private:
  static void on_flush(int timer, short what, void* host) noexcept;
  [[nodiscard]] bool start_flush() noexcept;

  ConnectionOwner& owner_;
  const LoopSettings& settings_;
  const base::Clock& clock_;
  app::Dispatcher& dispatcher_;
  const std::shared_ptr<const app::Service> service_;
  LoopStats& stats_;
  base::Ref<LoopWaker> waker_;
  LoopClock loop_clock_;
  app::ExchangePool::Owner exchanges_;
  EventBase base_;  // outlives every event
  Deadlines deadlines_;
  std::vector<base::Ref<Outbox>> holding_;  // answers to pipelined requests
  Event flush_;                             // sends them
  std::vector<std::unique_ptr<IncomingRequest>> spare_incoming_;
  base::ByteBlock buffer_;
  http::HttpDate date_;
  unsigned submitted_ = 0;  // since the last hand_over()
};

}  // namespace wserve::net
