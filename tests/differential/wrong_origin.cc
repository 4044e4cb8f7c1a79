#include "differential/wrong_origin.h"

#include <sys/socket.h>

#include <utility>

#include "support/client.h"

namespace wserve::tests {

WrongOrigin::WrongOrigin(const Mistakes& mistakes) : mistakes_(mistakes) {
  start();
}

WrongOrigin::~WrongOrigin() {
  stop();
}

std::vector<SeenRequest> WrongOrigin::take() {
  const std::scoped_lock lock(mutex_);
  return std::exchange(seen_, {});
}

void WrongOrigin::serve(int fd) {
  std::string bytes;
  for (;;) {
    char piece[4096];
    const ssize_t n = ::recv(fd, piece, sizeof piece, 0);
    if (n <= 0) {
      return;
    }
    bytes.append(piece, static_cast<std::size_t>(n));
    while (const auto request = take_request(bytes, mistakes_)) {
      answer(fd, *request);
      if (request->is_last) {
        return;
      }
    }
  }
}

void WrongOrigin::answer(int fd, const LenientRequest& request) {
  {
    const std::scoped_lock lock(mutex_);
    seen_.push_back({request.tag, request.method, request.path, request.body});
  }
  const std::string text = answer_text(request.path);
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " +
                           std::to_string(text.size()) + "\r\n\r\n";
  const std::string all = request.method == "HEAD" ? head : head + text;
  static_cast<void>(client_send(fd, all.data(), all.size()));
}

}  // namespace wserve::tests
