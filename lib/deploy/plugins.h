// What the deployment needs of the C interface: applications and filters out of shared objects.
#pragma once

#include <memory>
#include <string>

#include "app/application.h"
#include "app/filter.h"
#include "deploy/setting_list.h"

namespace wserve::deploy {

struct PluginOrder {
  std::string path;    // of the shared object; empty for a filter of the library's own
  std::string symbol;  // the function in it, or the filter's name
  const SettingList& settings;
  const SettingList& defaults;
};

class Plugins {
 public:
  Plugins() = default;
  Plugins(const Plugins&) = delete;
  Plugins& operator=(const Plugins&) = delete;
  virtual ~Plugins() = default;

  virtual base::Status open_app(const PluginOrder& order,
                                std::unique_ptr<app::Application>& application) = 0;
  virtual base::Status open_filter(const PluginOrder& order,
                                   std::unique_ptr<app::Filter>& filter) = 0;
};

}  // namespace wserve::deploy
