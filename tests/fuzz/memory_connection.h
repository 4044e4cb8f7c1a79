// A connection without a socket: requests come in as bytes, answers go out as bytes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/exchange_pool.h"
#include "app/inline_dispatcher.h"
#include "net/connection/incoming_request.h"

namespace wserve::fuzz {

// Does in memory what net/connection does on a socket.
class MemoryConnection {
 public:
  MemoryConnection(std::shared_ptr<const app::Service> service, app::Application& application);
  MemoryConnection(const MemoryConnection&) = delete;
  MemoryConnection& operator=(const MemoryConnection&) = delete;
  ~MemoryConnection();

  void feed(base::ByteView bytes);

  // Nothing more is read.
  [[nodiscard]] bool is_closed() const;
  // Everything that was sent, and how much of it an answer to a refusal is.
  [[nodiscard]] const std::string& output() const;
  [[nodiscard]] std::size_t refusal_size() const { return refusal_size_; }

 private:
  class Sink;

  void begin_request();
  void answer();
  void refuse();

  const std::shared_ptr<const app::Service> service_;
  const app::ExchangePool::Owner pool_;
  const base::Ref<Sink> sink_;
  app::Application& application_;
  net::IncomingRequest incoming_;
  std::size_t refusal_size_ = 0;
};

}  // namespace wserve::fuzz
