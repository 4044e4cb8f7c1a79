// Explains the proxy settings of a server that need not run.
#pragma once

#include <memory>
#include <string>

#include "base/log.h"
#include "server/settings.h"

namespace wserve::server {

// `fields` are lines "Name: value". kInvalid for a peer that is none, and for fields that make no
// request.
base::Status explain_proxy(const Settings& settings, std::shared_ptr<base::Log> log,
                           base::ByteView peer, base::ByteView fields, std::string& text);

}  // namespace wserve::server
