// Builds the environ of one request.
#pragma once

#include "gateway/endpoint_texts.h"
#include "gateway/environ.h"
#include "gateway/environ_form.h"
#include "http/request.h"

namespace wserve::gateway {

// `environ` gets views into `request`, `texts` and the site of `form`: they must outlive it, and
// `texts` must not be used for another request meanwhile.
void make_environ(http::Request& request, const Endpoint& endpoint, EndpointTexts& texts,
                  const EnvironForm& form, Environ& environ);

}  // namespace wserve::gateway
