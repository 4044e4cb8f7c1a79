// The one table behind ws_server_set, --help, the manual and every binding.
#pragma once

#include <span>

#include "base/bytes.h"
#include "base/status.h"
#include "server/settings.h"

namespace wserve::server {

struct Option {
  const char* name;
  const char* type;  // "bool", "int", "size", "seconds", "mode", "choice", "text" or "list"
  const char* unit;  // "bytes", "seconds", ...; empty when it counts things or is a text
  const char* default_text;
  const char* range;  // "0..1024", "1..256 or auto", "http|https"; empty when every text will do
  const char* help;   // one or two sentences
  const char* since;  // the first release that has it
  // Sets the member of `settings` that the option stands for, or says why it cannot.
  base::Status (*assign)(const Option& option, base::ByteView value, Settings& settings);
  const char* other_name = nullptr;  // of the option that this one is just another name of
  bool is_live = false;              // may change while the server runs
};

[[nodiscard]] std::span<const Option> option_table() noexcept;

// "-" and "_" are the same. Null for a name that is no option.
[[nodiscard]] const Option* find_option(base::ByteView name) noexcept;

}  // namespace wserve::server
