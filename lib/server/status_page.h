// The page that shows the numbers of a server to people.
#pragma once

namespace wserve::server {

// HTML in one piece: no other file is needed but /status.json, which it asks for again and again.
extern const char* const kStatusPage;

}  // namespace wserve::server
