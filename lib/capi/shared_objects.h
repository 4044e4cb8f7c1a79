// Applications and filters out of shared objects, in the forms of <wserve/plugin.h>.
#pragma once

#include "deploy/plugins.h"

namespace wserve::capi {

// What it opens stays loaded for ever: a thread may still be on its way out of the code.
class SharedObjects final : public deploy::Plugins {
 public:
  // kUnknown when there is no such file or function; what NAME_open() returned, when that failed.
  base::Status open_app(const deploy::PluginOrder& order,
                        std::unique_ptr<app::Application>& application) override;
  base::Status open_filter(const deploy::PluginOrder& order,
                           std::unique_ptr<app::Filter>& filter) override;
};

}  // namespace wserve::capi
