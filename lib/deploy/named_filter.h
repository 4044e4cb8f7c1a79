// The filters that come with the library, by name.
#pragma once

#include <memory>

#include "app/filter.h"
#include "deploy/setting_list.h"

namespace wserve::deploy {

// There is one: "prefix" (lib/gateway/prefix_filter.h), with the settings prefix,
// translate_forwarded_server, force_port, scheme and append. kUnknown for another filter or
// setting, kInvalid for a value; the message names what there is.
base::Status make_named_filter(ByteView name, const SettingList& settings,
                               std::unique_ptr<app::Filter>& filter);

}  // namespace wserve::deploy
