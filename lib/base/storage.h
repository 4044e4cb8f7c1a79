// Where bytes stay that have to wait, and how many of them may: one for all of a server.
#pragma once

#include <string>

#include "base/budget.h"
#include "base/disk_reserve.h"
#include "base/temporary_file.h"

namespace wserve::base {

// The folder is constant, all else is for any thread.
struct Storage {
  std::string folder;  // of temporary files; empty: $TMPDIR, then /tmp
  Budget memory;
  Budget files;
  TemporaryFiles temporary = {};
  DiskReserve reserve = {};
};

}  // namespace wserve::base
