// Builds the environ of one request.
#pragma once

#include "gateway/endpoint.h"
#include "gateway/environ.h"
#include "gateway/site.h"
#include "http/request.h"

namespace wserve::gateway {

// `environ` gets views into `request` and `site`: both must outlive it.
void make_environ(http::Request& request, const Endpoint& endpoint, const Site& site,
                  Environ& environ);

}  // namespace wserve::gateway
