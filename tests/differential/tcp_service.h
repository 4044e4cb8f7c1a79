// A listening socket with a thread for each connection: enough for what the differential test puts
// between the two ends.
#pragma once

#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

namespace wserve::tests {

class TcpService {
 public:
  TcpService(const TcpService&) = delete;
  TcpService& operator=(const TcpService&) = delete;
  virtual ~TcpService() = default;

  // On 127.0.0.1.
  [[nodiscard]] int port() const { return port_; }

 protected:
  TcpService();

  // To be called by the constructor of what serves, behind all else.
  void start();
  // To be called by its destructor, first: wakes every thread and waits for it.
  void stop();

  // A connection of its own, closed behind it. Many threads.
  virtual void serve(int fd) = 0;

  // A connection to 127.0.0.1 that stop() wakes up too; give it back with disconnect().
  int connect_to(int port);
  void disconnect(int fd);

 private:
  void accept_all();
  void serve_and_end(int fd);
  // False when stopping already.
  bool hold(int fd);

  int listener_;
  int port_;
  std::thread acceptor_;
  std::mutex mutex_;
  std::condition_variable has_ended_;  // a connection's thread
  unsigned serving_ = 0;
  std::set<int> open_;
  bool is_stopping_ = false;
};

// Copies what has come from one to the other; false at the end.
bool relay_some(int from, int to);

// Waits until one of two has something: which of them.
struct Readable {
  bool first;
  bool second;
};
Readable wait_for_either(int first, int second);

}  // namespace wserve::tests
