// Builds the environ of one request.
#pragma once

#include <string>

#include "gateway/endpoint_texts.h"
#include "gateway/environ.h"
#include "gateway/environ_form.h"
#include "http/request.h"

namespace wserve::gateway {

// `environ` gets views into `request`, `ends` and the site of `form`: they must outlive it, and
// `ends` must not describe others meanwhile.
void make_environ(http::Request& request, const EndpointTexts& ends, const EnvironForm& form,
                  Environ& environ);

// The key of a field: "Accept-Language" becomes HTTP_ACCEPT_LANGUAGE.
[[nodiscard]] std::string key_of_field(ByteView name);

}  // namespace wserve::gateway
