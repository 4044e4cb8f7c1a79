// What manuals show beside the row of an option.
#pragma once

#include "server/option_table.h"

namespace wserve::server {

struct OptionExample {
  const char* value;     // which ws_server_set() takes, and which is not the default
  const char* see_also;  // names of options between blanks
};

// A test sees to it that every row of the option table has one.
[[nodiscard]] const OptionExample& example_of(const Option& option) noexcept;

}  // namespace wserve::server
