// The prefix filter, in the line of filters.
#pragma once

#include "app/filter.h"
#include "gateway/prefix_filter.h"

namespace wserve::app {

class PrefixFilter final : public Filter {
 public:
  explicit PrefixFilter(gateway::PrefixSettings settings) : settings_(std::move(settings)) {}
  base::Status handle(Exchange& exchange, Application& next) override;
  void foresee(Exchange& exchange, gateway::Environ& environ) override;

 private:
  std::optional<gateway::MalformedHeader> apply(Exchange& exchange, gateway::Environ& environ,
                                                base::Log& log) const;

  const gateway::PrefixSettings settings_;
};

}  // namespace wserve::app
