// Reads option values from their text forms (those of Waitress, but no text is ever misunderstood).
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "server/option_table.h"

namespace wserve::server {

// Each leaves `value` alone when it fails; the message names the option, what is allowed, and the
// text.
base::Status read_bool(const Option& option, base::ByteView text, bool& value);
base::Status read_number(const Option& option, base::ByteView text, std::uint64_t& value);
// Bytes; behind the number K, M, G or T, also KiB and so on, for powers of 1024.
base::Status read_size(const Option& option, base::ByteView text, std::uint64_t& value);
base::Status read_seconds(const Option& option, base::ByteView text,
                          std::chrono::milliseconds& value);
base::Status read_mode(const Option& option, base::ByteView text, unsigned& value);
base::Status read_choice(const Option& option, base::ByteView text, std::string& value);
// Words between white space or line ends; commas do not divide.
std::vector<std::string> read_list(base::ByteView text);

// "NAME must be RANGE, got "TEXT""
base::Status bad_value(const Option& option, base::ByteView text, base::ByteView allowed);

}  // namespace wserve::server
