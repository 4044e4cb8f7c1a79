// The same from C++: hello_cpp [LISTEN]
#include <exception>
#include <iostream>

#include <wserve/wserve.hpp>

int main(int argc, char** argv) {
  try {
    wserve::Server server({{"listen", argc > 1 ? argv[1] : "127.0.0.1:8080"}, {"threads", "2"}});
    server.set_app([](wserve::Request request) {
      request.reply(200, "text/plain", "Hello, " + std::string(request.path()) + "!\n");
    });
    server.listen();
    std::cout << "Serving on http://" << server.address() << std::endl;
    server.run();
  } catch (const std::exception& e) {
    std::cerr << e.what() << '\n';
    return 1;
  }
}
