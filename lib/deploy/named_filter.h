// The filters that come with the library, by name.
#pragma once

#include <memory>

#include "app/filter.h"
#include "deploy/plugins.h"
#include "deploy/setting_list.h"

namespace wserve::deploy {

// "prefix" (lib/gateway/prefix_filter.h), with the settings prefix, translate_forwarded_server,
// force_port, scheme and append; and "compress" (lib/filters/compress.h), with types, min_size,
// level, encodings and sync. kUnknown for another filter or setting, kInvalid for a value; the
// message names what there is.
base::Status make_named_filter(ByteView name, const SettingList& settings, Plugins& plugins,
                               std::unique_ptr<app::Filter>& filter);

[[nodiscard]] bool is_named_filter(ByteView name) noexcept;

}  // namespace wserve::deploy
