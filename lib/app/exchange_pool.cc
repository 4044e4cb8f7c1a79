// The stock of spare exchanges.
#include "app/exchange_pool.h"

namespace wserve::app {

namespace {

// More spare exchanges than this are given back to the system.
constexpr std::size_t kMaxSpare = 256;

}  // namespace

base::Ref<ExchangePool> ExchangePool::make(std::shared_ptr<const Service> service) {
  // NOLINTNEXTLINE(cppcoreguidelines-owning-memory): the reference count owns it.
  return base::Ref<ExchangePool>(new ExchangePool(std::move(service)));
}

ExchangePool::ExchangePool(std::shared_ptr<const Service> service) noexcept
    : service_(std::move(service)) {}

base::Ref<Exchange> ExchangePool::acquire() {
  std::unique_ptr<Exchange> exchange;
  {
    base::MutexLock lock(mutex_);
    if (!spare_.empty()) {
      exchange = std::move(spare_.back());
      spare_.pop_back();
    }
  }
  if (!exchange) {
    exchange.reset(new Exchange(*this));  // NOLINT(cppcoreguidelines-owning-memory)
  }
  exchange->request_.configure(service_->inbuf_overflow, service_->storage);
  retain();  // given back in take_back()
  return base::Ref<Exchange>(exchange.release());
}

void ExchangePool::take_back(std::unique_ptr<Exchange> exchange) noexcept {
  {
    base::MutexLock lock(mutex_);
    if (spare_.size() < kMaxSpare) {
      try {
        spare_.push_back(std::move(exchange));
      } catch (...) {
        exchange.reset();
      }
    }
  }
  exchange.reset();
  release();
}

}  // namespace wserve::app
