// The stock of spare exchanges.
#include "app/exchange_pool.h"

namespace wserve::app {

namespace {

// More spare exchanges than this are given back to the system.
constexpr std::size_t kMaxSpare = 256;

}  // namespace

ExchangePool::Owner ExchangePool::make(std::shared_ptr<const Service> service) {
  // NOLINTNEXTLINE(cppcoreguidelines-owning-memory): the last of its users deletes it.
  return Owner(new ExchangePool(std::move(service)));
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
      ++users_;
    }
  }
  if (!exchange) {
    exchange.reset(new Exchange(*this));  // NOLINT(cppcoreguidelines-owning-memory)
    base::MutexLock lock(mutex_);
    ++users_;
  }
  exchange->request_.configure(service_->inbuf_overflow, service_->storage);
  return base::Ref<Exchange>(exchange.release());
}

void ExchangePool::close() noexcept {
  bool is_last = false;
  {
    base::MutexLock lock(mutex_);
    is_last = --users_ == 0;
  }
  if (is_last) {
    delete this;  // NOLINT(cppcoreguidelines-owning-memory)
  }
}

void ExchangePool::take_back(std::unique_ptr<Exchange> exchange) noexcept {
  bool is_last = false;
  {
    base::MutexLock lock(mutex_);
    if (spare_.size() < kMaxSpare && exchange->is_small()) {
      try {
        spare_.push_back(std::move(exchange));
      } catch (...) {
        exchange.reset();
      }
    }
    is_last = --users_ == 0;
  }
  exchange.reset();
  if (is_last) {
    delete this;  // NOLINT(cppcoreguidelines-owning-memory)
  }
}

}  // namespace wserve::app
