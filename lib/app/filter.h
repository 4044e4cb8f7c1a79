// What stands before the application: sees a request first, and passes it on or answers it.
#pragma once

#include <memory>
#include <vector>

#include "app/application.h"

namespace wserve::app {

class Filter {
 public:
  Filter() = default;
  Filter(const Filter&) = delete;
  Filter& operator=(const Filter&) = delete;
  virtual ~Filter() = default;

  // Changes the exchange, passes it on with next.handle(), or answers it. Many threads.
  virtual base::Status handle(Exchange& exchange, Application& next) = 0;

  // Changes a copy of the environ as handle() will change the exchange's. Of filters that are not
  // the library's own nobody knows before they have run.
  virtual void foresee(Exchange& /*exchange*/, gateway::Environ& /*environ*/) {}
};

// An application behind one filter.
class Filtered final : public Application {
 public:
  Filtered(std::unique_ptr<Filter> filter, Application& next) noexcept
      : filter_(std::move(filter)), next_(&next) {}

  base::Status handle(Exchange& exchange) override { return filter_->handle(exchange, *next_); }
  std::optional<bool> streams(Exchange& exchange, gateway::Environ& environ) override {
    filter_->foresee(exchange, environ);
    return next_->streams(exchange, environ);
  }
  [[nodiscard]] bool chooses_streams() const noexcept override { return next_->chooses_streams(); }
  void set_next(Application& next) noexcept { next_ = &next; }

 private:
  const std::unique_ptr<Filter> filter_;
  Application* next_;
};

// Filters in their order, and the application behind them. Built by one thread, then constant.
class Pipeline final : public Application {
 public:
  // `end` must outlive the pipeline, or be replaced before it is used.
  explicit Pipeline(Application& end) noexcept : end_(&end) {}

  // Behind the filters that are there already.
  void add(std::unique_ptr<Filter> filter) {
    auto link = std::make_unique<Filtered>(std::move(filter), *end_);
    filters_.push_back(std::move(link));
    if (filters_.size() > 1) {
      filters_[filters_.size() - 2]->set_next(*filters_.back());
    }
  }

  void set_end(Application& end) noexcept {
    end_ = &end;
    if (!filters_.empty()) {
      filters_.back()->set_next(end);
    }
  }

  base::Status handle(Exchange& exchange) override {
    return filters_.empty() ? end_->handle(exchange) : filters_.front()->handle(exchange);
  }
  std::optional<bool> streams(Exchange& exchange, gateway::Environ& environ) override {
    return filters_.empty() ? end_->streams(exchange, environ)
                            : filters_.front()->streams(exchange, environ);
  }
  [[nodiscard]] bool chooses_streams() const noexcept override { return end_->chooses_streams(); }

 private:
  Application* end_;
  std::vector<std::unique_ptr<Filtered>> filters_;
};

}  // namespace wserve::app
