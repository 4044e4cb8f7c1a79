// The application of the wire cases, and the servers around it.
#include "wire/test_server.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>

#include "support/client.h"
#include "support/cmocka.h"
#include "support/process.h"

namespace wserve::tests {

namespace {

std::string value_of(ws_request* request, const std::string& key) {
  const char* value = ws_request_get(request, key.c_str());
  return value != nullptr ? value : "(absent)";
}

std::string make_test_folder() {
  char* folder = make_folder();
  std::string path = folder;
  std::free(folder);
  return path;
}

}  // namespace

TestServer::TestServer(const OptionList& options, const char* threads)
    : folder_(make_test_folder()), server_(ws_server_new()) {
  const std::string query = listen_option(options);
  set("listen", "127.0.0.1:0" + query + " unix:" + folder_ + "/socket" + query);
  set("threads", threads);
  set("log_level", "none");
  const std::string removed = folder_ + "/removed";  // a folder, once the server has started
  assert_int_equal(::mkdir(removed.c_str(), 0700), 0);
  for (const auto& [name, value] : options) {
    if (!name.starts_with('?')) {
      set(name.c_str(), value == "(removed)" ? removed : value);
    }
  }
  assert_int_equal(ws_server_set_app(server_, tell, this), WS_OK);
  assert_int_equal(ws_server_start(server_), WS_OK);
  assert_int_equal(::rmdir(removed.c_str()), 0);
}

std::string TestServer::listen_option(const OptionList& options) {
  for (const auto& [name, value] : options) {
    if (name == "?proxy") {
      greeting_ = "PROXY UNKNOWN\r\n";
    }
    if (name.starts_with('?')) {
      return name + "=" + value;
    }
  }
  return {};
}

TestServer::~TestServer() {
  ws_server_drain(server_, 0);
  ws_server_join(server_);
  ws_server_free(server_);
  remove_folder(folder_.c_str());
}

int TestServer::connect_tcp() const {
  return client_connect(ws_server_port(server_, 0));
}

int TestServer::connect_unix() const {
  return client_connect_unix((folder_ + "/socket").c_str());
}

ws_status TestServer::tell(ws_request* request, void* server) {
  const std::string path = value_of(request, "PATH_INFO");
  if (path == "/good") {
    ++static_cast<TestServer*>(server)->good_requests_;
  }
  std::string text = value_of(request, "REQUEST_METHOD") + ' ' + path + '?' +
                     value_of(request, "QUERY_STRING") + ' ';
  std::array<char, 1000> piece{};
  ptrdiff_t got = 0;
  while ((got = ws_request_read(request, piece.data(), piece.size())) > 0) {
    text.append(piece.data(), static_cast<std::size_t>(got));
  }
  if (got < 0) {
    return WS_EDISCONNECTED;  // a body that was streamed and refused: the client has its answer
  }
  if (const char* keys = ws_request_get(request, "HTTP_X_ASK")) {
    for (std::string rest = keys; !rest.empty();) {
      const std::size_t end = std::min(rest.find(' '), rest.size());
      text += " [" + value_of(request, rest.substr(0, end)) + ']';
      rest.erase(0, end + 1);
    }
  }
  return ws_request_reply(request, 200, "text/plain", text.data(), text.size());
}

void TestServer::set(const char* name, const std::string& value) {
  if (ws_server_set(server_, name, value.c_str()) != WS_OK) {
    print_error("%s\n", ws_last_error());
    fail();
  }
}

TestServer& TestServers::with(const OptionList& options, const char* threads) {
  for (const Running& one : running_) {
    if (one.options == options && one.threads == threads) {
      return *one.server;
    }
  }
  running_.push_back({options, threads, std::make_unique<TestServer>(options, threads)});
  return *running_.back().server;
}

}  // namespace wserve::tests
