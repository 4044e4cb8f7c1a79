// A part of a program that is compiled with exceptions, beside one that is not.
#include <wserve/wserve.hpp>

bool throws_for_a_wrong_option() {
  wserve::Server server;
  try {
    server.set("threads", "many");
  } catch (const wserve::Error& error) {
    return error.status() == WS_EINVAL;
  }
  return false;
}
