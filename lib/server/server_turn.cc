// A host program turns the event loop, in turns of its own.
#include <memory>

#include "server/server.h"

namespace wserve::server {

using base::Code;
using base::Status;
using std::chrono::milliseconds;

// A second thread, or a call out of the application, must not turn the loop under the first one's
// feet.
Status Server::turn(milliseconds limit) {
  if (is_in_child()) {
    return {Code::kState, "the server belongs to the process that started it"};
  }
  if (state_ >= State::kRunning && turned_ != Turned::kByHost) {
    return {Code::kState, "the server was started, or run: its loop is turned already"};
  }
  std::thread::id nobody;
  if (!turner_.compare_exchange_strong(nobody, std::this_thread::get_id())) {
    return {Code::kState, "the event loop is being turned, by another thread or by this one"};
  }
  const auto leave = [](Server* server) {
    server->turner_.store({});
    server->end_if_abandoned();
  };
  const std::unique_ptr<Server, decltype(leave)> at_the_end(this, leave);
  host_.store(std::this_thread::get_id());
  return turn_for_host(limit);
}

Status Server::turn_for_host(milliseconds limit) {
  if (state_ < State::kRunning) {
    if (Status started = start_for_host(); !started.is_ok()) {
      return started;
    }
  }
  if (state_ == State::kStopped) {
    return Code::kClosed;
  }
  if (loops_.turn(0, limit)) {
    return {};
  }
  leave_loop(0);
  return Code::kClosed;
}

Status Server::start_for_host() {
  if (Status prepared = prepare(Turned::kByHost); !prepared.is_ok()) {
    return prepared;
  }
  Status started = start_threads(1);
  if (!started.is_ok()) {
    leave_loop(0);
    join_threads();
  }
  return started;
}

Status Server::turn_descriptor(int& descriptor) const {
  if (turned_ != Turned::kByHost || is_in_child()) {
    return {Code::kState, "no descriptor before the first ws_server_turn() of this process"};
  }
  descriptor = loops_.descriptor();
  return {};
}

// Nobody may come to turn the loop once more; without its end threads would wait for ever. Either
// this call finds the loop free, or who turns it finds out behind its turn.
void Server::end_if_abandoned() noexcept {
  if (!is_abandoned_.load() || turned_ != Turned::kByHost || is_in_child()) {
    return;
  }
  std::thread::id nobody;
  if (state_ == State::kStopped ||
      !turner_.compare_exchange_strong(nobody, std::this_thread::get_id())) {
    return;
  }
  if (state_ == State::kRunning) {
    while (loops_.turn(0, milliseconds(0))) {
    }
    leave_loop(0);
  }
  turner_.store({});
}

}  // namespace wserve::server
