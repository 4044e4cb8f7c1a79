// An answer that is a file, with all that HTTP says of one (RFC 9110 §13, §14).
#pragma once

#include "app/exchange.h"

namespace wserve::form {

// kInvalid when it is no regular file that can be read. The descriptor stays the caller's.
base::Status reply_file(app::Exchange& exchange, int fd, base::ByteView content_type);

}  // namespace wserve::form
