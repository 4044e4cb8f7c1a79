#include "differential/careless_proxy.h"

#include <sys/socket.h>

#include "differential/lenient_reader.h"
#include "differential/origin.h"
#include "support/client.h"

namespace wserve::tests {

namespace {

constexpr Mistakes kOwnMistakes = {.takes_lf_for_line_end = true};

}  // namespace

CarelessProxy::CarelessProxy(int origin_port) : origin_port_(origin_port) {
  start();
}

CarelessProxy::~CarelessProxy() {
  stop();
}

bool CarelessProxy::pass_on(std::string& bytes, int from, int to) {
  char piece[16384];
  const ssize_t n = ::recv(from, piece, sizeof piece, 0);
  if (n <= 0) {
    return false;
  }
  bytes.append(piece, static_cast<std::size_t>(n));
  while (auto request = take_request(bytes, kOwnMistakes)) {
    const std::string tag =
        std::string(kTagField) + ": careless-" + std::to_string(++tags_) + "\r\n";
    request->bytes.insert(request->bytes.find('\n') + 1, tag);
    static_cast<void>(client_send(to, request->bytes.data(), request->bytes.size()));
  }
  return true;
}

void CarelessProxy::serve(int fd) {
  const int origin = connect_to(origin_port_);
  std::string bytes;
  bool is_asking = true;
  for (bool is_open = true; is_open;) {
    const Readable is = wait_for_either(is_asking ? fd : -1, origin);
    if (is.second) {
      is_open = relay_some(origin, fd);
    } else if (is.first && !pass_on(bytes, fd, origin)) {
      ::shutdown(origin, SHUT_WR);
      is_asking = false;
    }
  }
  disconnect(origin);
}

}  // namespace wserve::tests
