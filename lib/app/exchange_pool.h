// Makes exchanges and uses them again, so that a request costs no allocation.
#pragma once

#include <memory>
#include <vector>

#include "app/exchange.h"
#include "app/service.h"
#include "base/mutex.h"
#include "base/ref_counted.h"

namespace wserve::app {

// Any thread. Each live exchange holds a reference: the pool, and the service with it, outlive the
// server when an application keeps a request for long.
class ExchangePool final : public base::RefCounted<ExchangePool> {
 public:
  [[nodiscard]] static base::Ref<ExchangePool> make(std::shared_ptr<const Service> service);

  // Empty, ready to be filled. Throws std::bad_alloc.
  [[nodiscard]] base::Ref<Exchange> acquire();

  [[nodiscard]] const Service& service() const noexcept { return *service_; }

  void last_released() noexcept { delete this; }  // NOLINT(cppcoreguidelines-owning-memory)

 private:
  friend class Exchange;
  explicit ExchangePool(std::shared_ptr<const Service> service) noexcept;
  ~ExchangePool() = default;

  void take_back(std::unique_ptr<Exchange> exchange) noexcept;

  const std::shared_ptr<const Service> service_;
  base::Mutex mutex_;
  std::vector<std::unique_ptr<Exchange>> spare_ GUARDED_BY(mutex_);
};

}  // namespace wserve::app
