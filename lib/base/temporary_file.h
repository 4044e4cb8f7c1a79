// Opens files that have no name: they are gone with their last descriptor.
#pragma once

#include <string>

#include "base/status.h"
#include "base/unique_fd.h"

namespace wserve::base {

// `folder` empty means $TMPDIR, then /tmp. kSystem when the folder refuses.
Status open_temporary_file(const std::string& folder, UniqueFd& file);

}  // namespace wserve::base
