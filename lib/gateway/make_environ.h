// Builds the environ of one request.
#pragma once

#include "gateway/endpoint_texts.h"
#include "gateway/environ.h"
#include "gateway/environ_form.h"
#include "http/request.h"

namespace wserve::gateway {

// `environ` gets views into `request`, `ends` and the site of `form`: they must outlive it, and
// `ends` must not describe others meanwhile.
void make_environ(http::Request& request, const EndpointTexts& ends, const EnvironForm& form,
                  Environ& environ);

}  // namespace wserve::gateway
