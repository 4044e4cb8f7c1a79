// Running servers for wire cases: one for each set of options, kept until the end.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <wserve/wserve.h>

namespace wserve::tests {

using OptionList = std::vector<std::pair<std::string, std::string>>;

// Listens on TCP and on a Unix socket. Its application says what it was asked:
// "METHOD PATH?QUERY BODY", and the value in the environ of each key that X-Ask names.
class TestServer {
 public:
  TestServer(const OptionList& options, const char* threads);
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;
  ~TestServer();

  // A connected descriptor, for support/client.h.
  [[nodiscard]] int connect_tcp() const;
  [[nodiscard]] int connect_unix() const;

  // What a connection must begin with: a header of the PROXY protocol, where one is asked for.
  [[nodiscard]] const char* greeting() const { return greeting_; }

  // How often the application was asked for PATH_INFO "/good".
  [[nodiscard]] int good_requests() const { return good_requests_; }

 private:
  static ws_status tell(ws_request* request, void* server);
  void set(const char* name, const std::string& value);

  // Options "?NAME" are those of the listen entries.
  [[nodiscard]] std::string listen_option(const OptionList& options);

  std::string folder_;
  const char* greeting_ = "";
  ws_server* server_;
  std::atomic<int> good_requests_{0};
};

class TestServers {
 public:
  TestServer& with(const OptionList& options, const char* threads);

 private:
  struct Running {
    OptionList options;
    std::string threads;
    std::unique_ptr<TestServer> server;
  };
  std::vector<Running> running_;
};

}  // namespace wserve::tests
