// Makes applications, filters and options of what ini files say.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/application.h"
#include "app/filter.h"
#include "deploy/app_path.h"
#include "deploy/context.h"
#include "deploy/plugins.h"

namespace wserve::deploy {

using Filters = std::vector<std::unique_ptr<app::Filter>>;

class Builder {
 public:
  Builder(const AppPath& app_path, Plugins& plugins) : app_path_(app_path), plugins_(plugins) {}

  // With all filters in front of it.
  base::Status build_app(const Context& context, std::unique_ptr<app::Application>& application);
  // The filters in front of an application that is somebody else's: the one in the file is not
  // touched, but for what it says about body_streaming. kInvalid for a composite, which has no one
  // application.
  base::Status build_filters(const Context& context, Filters& filters,
                             std::optional<bool>& streams);

 private:
  base::Status build_one_app(const Context& context,
                             std::unique_ptr<app::Application>& application);
  base::Status build_url_map(const Context& context,
                             std::unique_ptr<app::Application>& application);
  base::Status add_filter(const Context& context, Filters& filters);
  base::Status collect(const Context& context, Filters& filters, const Context*& innermost);
  base::Status find_plugin(const Context& context, std::string& path, std::string& symbol) const;

  const AppPath& app_path_;
  Plugins& plugins_;
};

}  // namespace wserve::deploy
