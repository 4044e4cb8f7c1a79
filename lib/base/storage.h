// Where bytes stay that have to wait, and how many of them may: one for all of a server.
#pragma once

#include <string>

#include "base/budget.h"

namespace wserve::base {

// The budgets are for any thread, the folder is constant.
struct Storage {
  std::string folder;  // of temporary files; empty: $TMPDIR, then /tmp
  Budget memory;
  Budget files;
};

}  // namespace wserve::base
