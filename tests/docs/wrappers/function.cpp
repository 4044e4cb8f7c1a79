// Statements of a document.
#include <iostream>
#include <string>

#include <wserve/wserve.hpp>

void in_function(wserve::Server& server, wserve::Request request);

void in_function(wserve::Server& server, wserve::Request request) {
  (void)server;
  (void)request;
  BLOCK
}
