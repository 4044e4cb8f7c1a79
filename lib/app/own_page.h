// The site's own pages for errors that an application answers.
#pragma once

#include "app/exchange.h"

namespace wserve::app {

// The site's page for the status of an error, or else the text; kInvalid for a status that is none.
base::Status reply_own_page(Exchange& exchange, int status, base::ByteView text);

}  // namespace wserve::app
