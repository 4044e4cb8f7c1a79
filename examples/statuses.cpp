// Without exceptions (-fno-exceptions) what can fail returns a ws_status: statuses [LISTEN]
#include <cstdio>
#include <string>

#include <wserve/wserve.hpp>

// ws_last_error() says why, until the next call of this thread that fails.
static int fail() {
  std::fprintf(stderr, "statuses: %s\n", ws_last_error());
  return 1;
}

int main(int argc, char** argv) {
  // A constructor returns nothing: status() tells what has become of it, and of the options.
  wserve::Server server({{"listen", argc > 1 ? argv[1] : "127.0.0.1:8080"}, {"threads", "2"}});
  if (server.status() != WS_OK) {
    return fail();
  }
  // So do applications, filters and hooks: a negative status becomes a 500 and a line of the log.
  const ws_status set = server.set_app([](wserve::Request request) -> ws_status {
    return request.reply(200, "text/plain", "Hello, " + std::string(request.path()) + "!\n");
  });
  if (set != WS_OK || server.listen() != WS_OK) {
    return fail();
  }
  std::printf("Serving on http://%s\n", server.address().c_str());
  std::fflush(stdout);
  return server.run() == WS_OK ? 0 : fail();
}
