// Builds the environ of one request.
#pragma once

#include "gateway/endpoint.h"
#include "gateway/environ.h"
#include "gateway/environ_form.h"
#include "http/request.h"

namespace wserve::gateway {

// `environ` gets views into `request` and the site of `form`: both must outlive it.
void make_environ(http::Request& request, const Endpoint& endpoint, const EnvironForm& form,
                  Environ& environ);

}  // namespace wserve::gateway
