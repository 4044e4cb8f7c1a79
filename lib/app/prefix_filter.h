// The prefix filter, in the line of filters.
#pragma once

#include "app/filter.h"
#include "gateway/prefix_filter.h"

namespace wserve::app {

class PrefixFilter final : public Filter {
 public:
  explicit PrefixFilter(gateway::PrefixSettings settings) : settings_(std::move(settings)) {}
  base::Status handle(Exchange& exchange, Application& next) override;

 private:
  const gateway::PrefixSettings settings_;
};

}  // namespace wserve::app
