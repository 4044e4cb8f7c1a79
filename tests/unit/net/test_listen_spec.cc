// net/listen_spec and net/bind: entries of the listen option, read and bound.
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <string>

#include "net/bind.h"
#include "net/bind_unix.h"
#include "net/listen_spec.h"
#include "net/systemd_sockets.h"
#include "support/cmocka.h"
#include "support/text_asserts.h"

using namespace wserve;
using base::Code;
using base::Status;
using net::BindSettings;
using net::Listener;
using net::ListenSpec;
using Kind = net::ListenSpec::Kind;

namespace {

ListenSpec parsed(const char* text) {
  ListenSpec spec;
  const Status status = net::parse_listen_spec(text, "8080", 0600, spec);
  assert_text_equal(status.message(), "");
  return spec;
}

struct TcpCase {
  const char* text;
  const char* host;
  const char* port;
};

void test_listen_spec__reads_tcp_addresses(void**) {
  const TcpCase cases[] = {
      {"127.0.0.1:80", "127.0.0.1", "80"},
      {"example.com", "example.com", "8080"},
      {"[::1]:80", "::1", "80"},
      {"[::1]", "::1", "8080"},
      {"*:80", "", "80"},
      {"*", "", "8080"},
      {"localhost:http", "localhost", "http"},
      {"localhost:0", "localhost", "0"},
      {"localhost:65535", "localhost", "65535"},
  };
  for (const TcpCase& c : cases) {
    const ListenSpec spec = parsed(c.text);
    assert_int_equal(static_cast<int>(spec.kind), static_cast<int>(Kind::kTcp));
    assert_text_equal(spec.host, c.host);
    assert_text_equal(spec.port, c.port);
  }
}

void test_listen_spec__reads_the_other_kinds(void**) {
  const ListenSpec plain = parsed("unix:/run/a.sock");
  assert_int_equal(static_cast<int>(plain.kind), static_cast<int>(Kind::kUnix));
  assert_text_equal(plain.path, "/run/a.sock");
  assert_int_equal(plain.mode, 0600);
  const ListenSpec full = parsed("unix:/run/a.sock?mode=0660&owner=me&group=us");
  assert_text_equal(full.path, "/run/a.sock");
  assert_int_equal(full.mode, 0660);
  assert_text_equal(full.owner, "me");
  assert_text_equal(full.group, "us");
  for (const char* text : {"127.0.0.1:1?proxy=on", "unix:/a?mode=0660&proxy=on", "fd:3?proxy=on",
                           "systemd:web?proxy=on"}) {
    assert_true(parsed(text).speaks_proxy);
  }
  assert_false(parsed("127.0.0.1:1?proxy=off").speaks_proxy);
  assert_int_equal(parsed("fd:3").descriptor, 3);
  assert_int_equal(static_cast<int>(parsed("systemd").kind), static_cast<int>(Kind::kSystemd));
  assert_text_equal(parsed("systemd").name, "");
  assert_text_equal(parsed("systemd:web").name, "web");
}

void test_listen_spec__names_what_is_wrong(void**) {
  const char* const cases[][2] = {
      {"::1", "must stand in brackets"},
      {"::1:80", "must stand in brackets"},
      {":80", "the host is missing"},
      {"localhost:", "the port is missing"},
      {"localhost:65536", "the port must be 0..65535 or the name of a service"},
      {"localhost:99999", "the port must be 0..65535 or the name of a service"},
      {"localhost:-1", "the port must be 0..65535 or the name of a service"},
      {"localhost:+80", "the port must be 0..65535 or the name of a service"},
      {"localhost: 80", "the port must be 0..65535 or the name of a service"},
      {"unix:", "the path is missing"},
      {"unix:/a?mode=9", "mode must be octal"},
      {"unix:/a?mode=7777", "mode must be octal"},
      {"unix:/a?colour=red", "mode, owner, group and proxy"},
      {"fd:", "descriptor number"},
      {"fd:x", "descriptor number"},
      {"fd:-1", "descriptor number"},
      {"127.0.0.1:80?mode=0600", "the only option of this kind of address is proxy"},
      {"127.0.0.1:80?proxy=1", "proxy must be on or off"},
  };
  for (const auto& c : cases) {
    ListenSpec spec;
    const Status status = net::parse_listen_spec(c[0], "8080", 0600, spec);
    assert_int_equal(static_cast<int>(status.code()), static_cast<int>(Code::kInvalid));
    assert_contains(status.message(), c[1]);
    assert_contains(status.message(), std::string("listen: \"") + c[0] + '"');
  }
}

Status bind_all(const std::vector<std::string>& entries, std::vector<Listener>& listeners,
                const BindSettings& settings = {}) {
  std::vector<ListenSpec> specs;
  for (const std::string& entry : entries) {
    specs.push_back(parsed(entry.c_str()));
  }
  return net::bind_listeners(specs, settings, listeners);
}

void assert_ok(const Status& status) {
  assert_text_equal(status.message(), "");
}

void test_bind__takes_free_ports_and_tells_them(void**) {
  std::vector<Listener> listeners;
  assert_ok(bind_all({"127.0.0.1:0", "[::1]:0", "127.0.0.1:0"}, listeners));
  assert_int_equal(listeners.size(), 3);
  assert_true(listeners[0].port > 0);
  assert_text_equal(listeners[0].address, "127.0.0.1:" + std::to_string(listeners[0].port));
  assert_text_equal(listeners[1].address, "[::1]:" + std::to_string(listeners[1].port));
}

void test_bind__the_same_address_twice_is_one_listener(void**) {
  std::vector<Listener> first;
  assert_ok(bind_all({"127.0.0.1:0"}, first));
  const std::string address = first[0].address;
  first.clear();
  std::vector<Listener> listeners;
  assert_ok(bind_all({address, address}, listeners));
  assert_int_equal(listeners.size(), 1);
}

void test_bind__families_can_be_switched_off(void**) {
  std::vector<Listener> listeners;
  assert_ok(bind_all({"localhost:0"}, listeners, {.ipv4 = true, .ipv6 = false}));
  for (const Listener& listener : listeners) {
    assert_text_equal(listener.address.substr(0, 4), "127.");
  }
  const Status status = bind_all({"127.0.0.1:0"}, listeners, {.ipv4 = false, .ipv6 = true});
  assert_contains(status.message(), "listen: \"127.0.0.1:0\": ");
}

void test_bind__names_the_entry_that_fails(void**) {
  std::vector<Listener> taken;
  assert_ok(bind_all({"127.0.0.1:0"}, taken));
  std::vector<Listener> listeners;
  const Status status = bind_all({"127.0.0.1:0", taken[0].address}, listeners);
  assert_int_equal(static_cast<int>(status.code()), static_cast<int>(Code::kSystem));
  assert_text_equal(status.message(),
                    "listen: \"" + taken[0].address + "\": Address already in use");
  assert_true(listeners.empty());
  assert_contains(bind_all({"no-such-host.invalid:80"}, listeners).message(),
                  "listen: \"no-such-host.invalid:80\": ");
}

struct Folder {
  char path[32] = "/tmp/wserve-test-XXXXXX";
  Folder() { assert_non_null(::mkdtemp(path)); }
  ~Folder() { ::rmdir(path); }
  [[nodiscard]] std::string file(const char* name) const { return std::string(path) + "/" + name; }
};

mode_t mode_of(const std::string& path) {
  struct stat facts {};
  return ::lstat(path.c_str(), &facts) == 0 ? facts.st_mode & 0777 : 0;
}

void test_bind__makes_and_removes_unix_sockets(void**) {
  const Folder folder;
  const std::string path = folder.file("a.sock");
  std::vector<Listener> listeners;
  assert_ok(bind_all({"unix:" + path + "?mode=0660"}, listeners));
  assert_int_equal(mode_of(path), 0660);
  assert_true(listeners[0].is_unix);
  assert_text_equal(listeners[0].address, "unix:" + path);
  // A stale socket is no obstacle.
  std::vector<Listener> again;
  assert_ok(bind_all({"unix:" + path}, again));
  assert_int_equal(mode_of(path), 0600);
  // The first one's file has gone, so it removes nothing.
  net::remove_unix_files(listeners);
  assert_int_equal(mode_of(path), 0600);
  net::remove_unix_files(again);
  assert_int_equal(mode_of(path), 0);
}

void test_bind__leaves_other_files_alone(void**) {
  const Folder folder;
  const std::string path = folder.file("file");
  base::UniqueFd(::open(path.c_str(), O_CREAT | O_WRONLY, 0644)).reset();
  std::vector<Listener> listeners;
  assert_contains(bind_all({"unix:" + path}, listeners).message(), "Address already in use");
  assert_int_equal(mode_of(path), 0644);
  ::unlink(path.c_str());
}

void test_bind__refuses_long_paths_and_unknown_owners(void**) {
  std::vector<Listener> listeners;
  assert_contains(bind_all({"unix:/tmp/" + std::string(200, 'x')}, listeners).message(),
                  "the path is longer than 107 bytes");
  const Folder folder;
  const std::string path = folder.file("a.sock");
  assert_contains(bind_all({"unix:" + path + "?owner=no-such-user"}, listeners).message(),
                  "no such user");
  assert_int_equal(mode_of(path), 0);
  assert_contains(bind_all({"unix:" + path + "?group=no-such-group"}, listeners).message(),
                  "no such group");
  assert_ok(bind_all({"unix:" + path + "?owner=" + std::to_string(::getuid())}, listeners));
  net::remove_unix_files(listeners);
}

void test_bind__adopts_a_descriptor_and_leaves_it_open(void**) {
  base::UniqueFd bound(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  assert_int_equal(::bind(bound.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  std::vector<Listener> listeners;
  assert_ok(bind_all({"fd:" + std::to_string(bound.get())}, listeners));
  assert_true(listeners[0].port > 0);
  assert_true(listeners[0].socket.get() != bound.get());
  listeners.clear();
  assert_true(::fcntl(bound.get(), F_GETFD) >= 0);
}

void test_bind__refuses_what_is_no_stream_socket(void**) {
  std::vector<Listener> listeners;
  assert_contains(bind_all({"fd:0"}, listeners).message(), "is no stream socket");
  assert_contains(bind_all({"fd:12345"}, listeners).message(), "Bad file descriptor");
}

void test_systemd_sockets__read_the_environment(void**) {
  ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
  ::setenv("LISTEN_FDS", "3", 1);
  ::setenv("LISTEN_FDNAMES", "web:admin:web", 1);
  assert_int_equal(net::systemd_sockets("").size(), 3);
  const std::vector<int> web = net::systemd_sockets("web");
  assert_int_equal(web.size(), 2);
  assert_int_equal(web[0], 3);
  assert_int_equal(web[1], 5);
  assert_int_equal(net::systemd_sockets("other").size(), 0);
  ::setenv("LISTEN_PID", "1", 1);
  assert_int_equal(net::systemd_sockets("").size(), 0);
  ::unsetenv("LISTEN_PID");
  ::unsetenv("LISTEN_FDS");
  ::unsetenv("LISTEN_FDNAMES");
  std::vector<Listener> listeners;
  assert_contains(bind_all({"systemd"}, listeners).message(), "systemd passed no socket");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_listen_spec__reads_tcp_addresses),
      cmocka_unit_test(test_listen_spec__reads_the_other_kinds),
      cmocka_unit_test(test_listen_spec__names_what_is_wrong),
      cmocka_unit_test(test_bind__takes_free_ports_and_tells_them),
      cmocka_unit_test(test_bind__the_same_address_twice_is_one_listener),
      cmocka_unit_test(test_bind__families_can_be_switched_off),
      cmocka_unit_test(test_bind__names_the_entry_that_fails),
      cmocka_unit_test(test_bind__makes_and_removes_unix_sockets),
      cmocka_unit_test(test_bind__leaves_other_files_alone),
      cmocka_unit_test(test_bind__refuses_long_paths_and_unknown_owners),
      cmocka_unit_test(test_bind__adopts_a_descriptor_and_leaves_it_open),
      cmocka_unit_test(test_bind__refuses_what_is_no_stream_socket),
      cmocka_unit_test(test_systemd_sockets__read_the_environment),
  };
  return cmocka_run_group_tests_name("net/listen_spec", tests, nullptr, nullptr);
}
