// net/listen_spec and net/bind: entries of the listen option, read and bound.
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <string>

#include "net/listen/bind.h"
#include "net/listen/bind_unix.h"
#include "net/listen/listen_spec.h"
#include "net/listen/systemd_sockets.h"
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
  const Status status = net::parse_listen_spec(text, {.port = "8080"}, spec);
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
      {"unix:@", "the path is missing"},
      {"unix:@a?mode=0660", "a Unix socket without a file has no mode, owner or group"},
  };
  for (const auto& c : cases) {
    ListenSpec spec;
    const Status status = net::parse_listen_spec(c[0], {.port = "8080"}, spec);
    assert_int_equal(static_cast<int>(status.code()), static_cast<int>(Code::kInvalid));
    assert_contains(status.message(), c[1]);
    assert_contains(status.message(), std::string("listen: \"") + c[0] + '"');
  }
}

void test_listen_spec__says_what_was_meant(void**) {
  const char* const cases[][2] = {
      {"8080", "a port alone; write *:8080 or 127.0.0.1:8080"},
      {":80", "the host is missing; \"*\" stands for every address: write *:80"},
      {"http://localhost:8080", "an address has no http: in front; write localhost:8080"},
      {"http://localhost:8080/", "an address has no http: in front; write localhost:8080"},
      {"HTTP://[::1]:8080", "an address has no http: in front; write [::1]:8080"},
      {"https://a:443", "an address has no https: in front, and TLS is the proxy's; write a:443"},
      {"tcp:8080", "an address has no tcp: in front; write *:8080"},
      {"tcp:127.0.0.1:80", "an address has no tcp: in front; write 127.0.0.1:80"},
      {"tcp://", "an address has no tcp: in front; write HOST:PORT"},
      {"fd://3", "an address has no fd: in front; write fd:3"},
      {"127.0.0.1:80,[::1]:80", "several addresses stand between blanks, not commas"},
      {"/run/a.sock", "a Unix socket is written unix:/run/a.sock"},
      {"./a.sock", "a Unix socket is written unix:./a.sock"},
      {"@name", "a Unix socket is written unix:@name"},
  };
  for (const auto& c : cases) {
    ListenSpec spec;
    const Status status = net::parse_listen_spec(c[0], {.port = "8080"}, spec);
    assert_int_equal(static_cast<int>(status.code()), static_cast<int>(Code::kInvalid));
    assert_text_equal(status.message(), std::string("listen: \"") + c[0] + "\": " + c[1]);
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
  net::close_listeners(listeners);
  assert_int_equal(mode_of(path), 0);
}

// What a server leaves that was killed.
void leave_dead_socket(const std::string& path) {
  const base::UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, path.size());
  assert_int_equal(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
}

void test_bind__replaces_a_dead_socket_and_leaves_a_live_one(void**) {
  const Folder folder;
  const std::string path = folder.file("a.sock");
  leave_dead_socket(path);
  std::vector<Listener> first;
  assert_ok(bind_all({"unix:" + path}, first));
  std::vector<Listener> second;
  const Status status = bind_all({"unix:" + path}, second);
  assert_text_equal(status.message(),
                    "listen: \"unix:" + path + "\": a server that runs listens there already");
  assert_true(net::who_listens(path) == net::Behind::kSomebody);
  net::close_listeners(first);
  assert_true(net::who_listens(path) == net::Behind::kNothing);
}

void test_bind__makes_no_file_when_a_port_is_taken(void**) {
  const Folder folder;
  const std::string path = folder.file("a.sock");
  leave_dead_socket(path);
  std::vector<Listener> taken;
  assert_ok(bind_all({"127.0.0.1:0"}, taken));
  std::vector<Listener> listeners;
  assert_contains(bind_all({"unix:" + path, taken[0].address}, listeners).message(),
                  "Address already in use");
  assert_true(net::who_listens(path) == net::Behind::kNobody);
  // The order is that of the entries all the same.
  assert_ok(bind_all({"unix:" + path, "127.0.0.1:0"}, listeners));
  assert_true(listeners[0].is_unix);
  assert_false(listeners[1].is_unix);
  net::close_listeners(listeners);
}

void test_bind__removes_a_relative_path_from_anywhere(void**) {
  const Folder folder;
  const base::UniqueFd before(::open(".", O_RDONLY | O_DIRECTORY));
  assert_int_equal(::chdir(folder.path), 0);
  std::vector<Listener> listeners;
  assert_ok(bind_all({"unix:a.sock"}, listeners));
  assert_int_equal(::fchdir(before.get()), 0);
  assert_int_equal(mode_of(folder.file("a.sock")), 0600);
  net::close_listeners(listeners);
  assert_int_equal(mode_of(folder.file("a.sock")), 0);
}

// A child that was given the socket, or another server.
void test_bind__leaves_the_file_of_a_socket_that_others_have(void**) {
  const Folder folder;
  const std::string path = folder.file("a.sock");
  std::vector<Listener> listeners;
  assert_ok(bind_all({"unix:" + path}, listeners));
  base::UniqueFd handed_over(::fcntl(listeners[0].socket.get(), F_DUPFD_CLOEXEC, 0));
  net::close_listeners(listeners);
  assert_true(net::who_listens(path) == net::Behind::kSomebody);
  handed_over.reset();
  // Another server's new file of the same name is not the first one's any more.
  assert_ok(bind_all({"unix:" + path}, listeners));
  assert_int_equal(::rename(path.c_str(), folder.file("old").c_str()), 0);
  std::vector<Listener> other;
  assert_ok(bind_all({"unix:" + path}, other));
  net::close_listeners(listeners);
  assert_true(net::who_listens(path) == net::Behind::kSomebody);
  net::close_listeners(other);
  ::unlink(folder.file("old").c_str());
}

void test_bind__the_same_path_twice_is_one_listener(void**) {
  const Folder folder;
  const std::string entry = "unix:" + folder.file("a.sock");
  std::vector<Listener> listeners;
  assert_ok(bind_all({entry, entry}, listeners));
  assert_int_equal(listeners.size(), 1);
  net::close_listeners(listeners);
  assert_contains(bind_all({entry, entry + "?proxy=on"}, listeners).message(),
                  "the same address stands there with another ?proxy=");
}

void test_bind__abstract_names_have_no_file(void**) {
  const std::string entry = "unix:@wserve-test-" + std::to_string(::getpid());
  std::vector<Listener> listeners;
  assert_ok(bind_all({entry}, listeners));
  assert_text_equal(listeners[0].address, entry);
  assert_int_equal(::access(entry.substr(5).c_str(), F_OK), -1);
  std::vector<Listener> again;
  assert_contains(bind_all({entry}, again).message(), "Address already in use");
  // The same, adopted.
  assert_ok(bind_all({"fd:" + std::to_string(listeners[0].socket.get())}, again));
  assert_text_equal(again[0].address, entry);
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
  net::close_listeners(listeners);
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
  assert_int_equal(::fcntl(listeners[0].socket.get(), F_GETFD), FD_CLOEXEC);
  listeners.clear();
  assert_true(::fcntl(bound.get(), F_GETFD) >= 0);
}

void test_bind__refuses_what_is_no_stream_socket(void**) {
  std::vector<Listener> listeners;
  assert_contains(bind_all({"fd:0"}, listeners).message(), "is no stream socket");
  assert_contains(bind_all({"fd:12345"}, listeners).message(), "Bad file descriptor");
}

void test_systemd_sockets__are_closed_on_exec(void**) {
  const base::UniqueFd third(::dup2(STDERR_FILENO, 3));  // NOLINT: inherited, as systemd's are
  ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
  ::setenv("LISTEN_FDS", "1", 1);
  ::setenv("LISTEN_FDNAMES", "web", 1);
  assert_int_equal(net::systemd_sockets("another").size(), 0);
  assert_int_equal(::fcntl(third.get(), F_GETFD), FD_CLOEXEC);
  ::unsetenv("LISTEN_PID");
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
      cmocka_unit_test(test_listen_spec__says_what_was_meant),
      cmocka_unit_test(test_bind__takes_free_ports_and_tells_them),
      cmocka_unit_test(test_bind__the_same_address_twice_is_one_listener),
      cmocka_unit_test(test_bind__families_can_be_switched_off),
      cmocka_unit_test(test_bind__names_the_entry_that_fails),
      cmocka_unit_test(test_bind__makes_and_removes_unix_sockets),
      cmocka_unit_test(test_bind__replaces_a_dead_socket_and_leaves_a_live_one),
      cmocka_unit_test(test_bind__makes_no_file_when_a_port_is_taken),
      cmocka_unit_test(test_bind__removes_a_relative_path_from_anywhere),
      cmocka_unit_test(test_bind__leaves_the_file_of_a_socket_that_others_have),
      cmocka_unit_test(test_bind__the_same_path_twice_is_one_listener),
      cmocka_unit_test(test_bind__abstract_names_have_no_file),
      cmocka_unit_test(test_bind__leaves_other_files_alone),
      cmocka_unit_test(test_bind__refuses_long_paths_and_unknown_owners),
      cmocka_unit_test(test_bind__adopts_a_descriptor_and_leaves_it_open),
      cmocka_unit_test(test_bind__refuses_what_is_no_stream_socket),
      cmocka_unit_test(test_systemd_sockets__are_closed_on_exec),
      cmocka_unit_test(test_systemd_sockets__read_the_environment),
  };
  return cmocka_run_group_tests_name("net/listen_spec", tests, nullptr, nullptr);
}
