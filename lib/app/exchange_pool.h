// Makes exchanges and uses them again, so that a request costs no allocation.
#pragma once

#include <memory>
#include <vector>

#include "app/exchange.h"
#include "app/service.h"
#include "base/mutex.h"

namespace wserve::app {

// Any thread. It lives until its owner has closed it and the last exchange has come back: the pool,
// and the service with it, outlive the server when an application keeps a request for long.
class ExchangePool {
 public:
  struct Close {
    void operator()(ExchangePool* pool) const noexcept { pool->close(); }
  };
  using Owner = std::unique_ptr<ExchangePool, Close>;
  [[nodiscard]] static Owner make(std::shared_ptr<const Service> service);

  // Empty, ready to be filled. Throws std::bad_alloc.
  [[nodiscard]] base::Ref<Exchange> acquire();

  [[nodiscard]] const Service& service() const noexcept { return *service_; }

 private:
  friend class Exchange;
  explicit ExchangePool(std::shared_ptr<const Service> service) noexcept;
  ~ExchangePool() = default;

  void close() noexcept;
  void take_back(std::unique_ptr<Exchange> exchange) noexcept;

  const std::shared_ptr<const Service> service_;
  base::Mutex mutex_;
  std::vector<std::unique_ptr<Exchange>> spare_ GUARDED_BY(mutex_);
  std::size_t users_ GUARDED_BY(mutex_) = 1;  // the owner, and each exchange that is not here
};

}  // namespace wserve::app
