// What one client posts goes to all that listen, from one thread that waits for none of them: a
// listener that does not read is left out until it does.
//
//   curl -N http://127.0.0.1:8080/ & curl -d 'hello' http://127.0.0.1:8080/
#include <exception>
#include <iostream>
#include <list>
#include <mutex>
#include <string>

#include <wserve/wserve.hpp>

namespace {

// All requests that listen. The server's threads add to it and send to it: they take turns.
class Listeners {
 public:
  void add(wserve::Request request) {
    request.start(200);
    request.add_header("Content-Type", "text/event-stream");
    request.flush();
    request.set_mark(64 * 1024);
    std::lock_guard<std::mutex> lock(mutex_);
    all_.emplace_back(request);
  }

  // How many of how many were sent it.
  std::string send(const std::string& text) {
    std::lock_guard<std::mutex> lock(mutex_);
    std::size_t reached = 0;
    for (auto at = all_.begin(); at != all_.end();) {
      if (at->is_gone()) {
        at = all_.erase(at);
        continue;
      }
      if (is_sent(*at, text)) {
        ++reached;
      }
      ++at;
    }
    return std::to_string(reached) + " of " + std::to_string(all_.size()) + "\n";
  }

 private:
  // Not to who has left meanwhile.
  static bool is_sent(const wserve::OwnedRequest& listener, const std::string& text) {
    try {
      return listener.try_write(text);
    } catch (const wserve::Error&) {
      return false;
    }
  }

  std::mutex mutex_;
  std::list<wserve::OwnedRequest> all_;
};

}  // namespace

int main(int argc, char** argv) {
  try {
    Listeners listeners;
    wserve::Server server({{"listen", argc > 1 ? argv[1] : "127.0.0.1:8080"},
                           {"connection_limit", "4000"},
                           {"threads", "2"}});
    server.set_app([&listeners](wserve::Request request) {
      if (request.method() == "POST") {
        request.reply(200, "text/plain", listeners.send("data: " + request.body() + "\n\n"));
      } else {
        listeners.add(request);
      }
    });
    server.listen();
    std::cout << "Serving on http://" << server.address() << std::endl;
    server.run();
  } catch (const std::exception& e) {
    std::cerr << e.what() << '\n';
    return 1;
  }
}
