// What all kinds of listen entries have in common.
#pragma once

#include "base/status.h"
#include "net/listen/listen_spec.h"
#include "net/listen/listener.h"

namespace wserve::net {

// kSystem: the entry and what the system says.
[[nodiscard]] base::Status bind_failure(const ListenSpec& spec, int error);
// kInvalid: the entry and why it cannot be.
[[nodiscard]] base::Status bind_refusal(const ListenSpec& spec, base::ByteView why);

// Fills in what getsockname(2) says.
void name_listener(Listener& listener);

}  // namespace wserve::net
