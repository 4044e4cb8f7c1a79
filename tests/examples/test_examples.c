/* Every example is started and asked. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/client.h"
#include "support/cmocka.h"
#include "support/process.h"

static struct process start(const char* name) {
  char* path = format("%s/%s", EXAMPLES, name);
  struct process process = process_start((const char*[]){path, "127.0.0.1:0", "127.0.0.1:0", NULL});
  free(path);
  return process;
}

static struct response ask(int port, const char* request) {
  return client_ask(port, request);
}

static void assert_answers(const char* name, const char* request, int status, const char* body) {
  struct process process = start(name);
  struct response response = ask(process_read_port(&process), request);
  assert_int_equal(response.status, status);
  assert_string_equal(response.body, body);
  response_free(&response);
  process_end(&process);
}

static const char get[] = "GET /world HTTP/1.1\r\nHost: a\r\n\r\n";

static void test_examples__hello(void** state) {
  (void)state;
  assert_answers("hello", get, 200, "Hello, World!\n");
}

static void test_examples__hello_cpp(void** state) {
  (void)state;
  assert_answers("hello_cpp", get, 200, "Hello, /world!\n");
}

static void test_examples__statuses(void** state) {
  (void)state;
  assert_answers("statuses", get, 200, "Hello, /world!\n");
}

static void test_examples__echo(void** state) {
  (void)state;
  assert_answers("echo", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", 200,
                 "hello");
}

static void test_examples__events(void** state) {
  (void)state;
  struct process process = start("events");
  const int fd = client_connect(process_read_port(&process));
  client_send_text(fd, get);
  /* The first events come while the answer still goes on. */
  char got[4096] = "";
  size_t size = 0;
  while (strstr(got, "data: tick 2\n\n") == NULL) {
    const ssize_t n = read(fd, got + size, sizeof got - 1 - size);
    assert_true(n > 0);
    size += (size_t)n;
    got[size] = '\0';
  }
  assert_non_null(strstr(got, "Content-Type: text/event-stream\r\n"));
  client_close(fd);
  process_end(&process);
}

static void test_examples__deferred(void** state) {
  (void)state;
  assert_answers("deferred", get, 200, "worth the wait\n");
}

static void test_examples__worker(void** state) {
  (void)state;
  assert_answers("worker", get, 200, "pulled\n");
}

static void test_examples__filter(void** state) {
  (void)state;
  struct process process = start("filter");
  const int port = process_read_port(&process);
  struct response refused = ask(port, get);
  assert_int_equal(refused.status, 401);
  assert_string_equal(response_field(&refused, "WWW-Authenticate"), "Basic realm=\"example\"");
  response_free(&refused);
  struct response greeted =
      ask(port, "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic dXNlcjpzZWNyZXQ=\r\n\r\n");
  assert_string_equal(greeted.body, "Hello, user! You are visitor 1.\n");
  response_free(&greeted);
  process_end(&process);
}

static void assert_says(struct process* process, const char* beginning) {
  char* line = process_wait_for(process, beginning);
  assert_non_null(line);
  free(line);
}

static void test_examples__observed(void** state) {
  (void)state;
  struct process process = start("observed");
  const int port = process_read_port(&process);
  struct response response = ask(port, get);
  assert_int_equal(response.status, 200);
  response_free(&response);
  assert_says(&process, "GET /world 200 answered ");
  response = ask(port, "no request\r\n\r\n"); /* of which there is no method to be printed */
  assert_int_equal(response.status, 400);
  response_free(&response);
  assert_says(&process, "- - 400 refused ");
  process_end(&process);
}

static void test_examples__two_servers(void** state) {
  (void)state;
  struct process process = start("two_servers");
  const int public_port = process_read_port(&process);
  const int operators_port = process_read_port(&process);
  struct response response = ask(public_port, get);
  assert_string_equal(response.body, "public\n");
  response_free(&response);
  response = ask(operators_port, get);
  assert_non_null(strstr(response.body, "requests 1\n"));
  response_free(&response);
  process_end(&process);
}

static void test_examples__graceful_stop(void** state) {
  (void)state;
  struct process process = start("graceful_stop");
  const int fd = client_connect(process_read_port(&process));
  client_send_text(fd, get);
  usleep(100000); /* it is being answered now */
  process_signal(&process, SIGTERM);
  struct response response = client_read(fd, 0);
  assert_string_equal(response.body, "done\n");
  response_free(&response);
  client_close(fd);
  char* line = process_wait_for(&process, "stopped");
  assert_non_null(line);
  free(line);
  assert_int_equal(process_finish(&process, NULL, NULL), 0);
}

static void test_examples__upload(void** state) {
  (void)state;
  struct process process = start("upload");
  const int port = process_read_port(&process);
  int fd = client_connect(port);
  client_send_text(fd, "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe");
  char* line = process_wait_for(&process, "2 bytes"); /* before the rest */
  assert_non_null(line);
  free(line);
  client_send_text(fd, "llo");
  struct response response = client_read(fd, 0);
  assert_string_equal(response.body, "5 bytes, sum a430d84680aabd0b\n");
  response_free(&response);
  client_close(fd);
  response = ask(port,
                 "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n"
                 "Expect: 100-continue\r\n\r\n");
  assert_int_equal(response.status, 413); /* before any of it */
  assert_null(strstr(response.head, "100 Continue"));
  response_free(&response);
  process_end(&process);
}

static char* run_curl(const char* const* arguments) {
  char* out = NULL;
  const char* command[16] = {"curl", "-sS", "--noproxy", "*", "-m", "60"};
  for (size_t count = 6; *arguments != NULL; ++count) {
    command[count] = *arguments++;
  }
  assert_int_equal(process_run(command, &out, NULL), 0);
  return out;
}

static void assert_curl(const char* expected, const char* const* arguments) {
  char* out = run_curl(arguments);
  assert_string_equal(out, expected);
  free(out);
}

static void test_examples__form(void** state) {
  (void)state;
  struct process process = start("form");
  char* line = process_wait_for(&process, "Files go to ");
  char* files = format("%s", strstr(line, "/tmp/"));
  char* url = format("http://127.0.0.1:%d/", process_read_port(&process));
  char* kept = format("%s_hidden.txt", url);
  char* here = make_folder();
  char* sent = format("%s/a.txt", here);
  char* field = format("picture=@%s;filename=../x/.hidden.txt", sent);
  write_file(sent, "a picture");
  const char* const upload[] = {
      "-b", "user=ann; user=bob", "-F", "title=Holi\"days", "-F", field, url, NULL};
  assert_curl("ann has sent \"Holi\"days\" and _hidden.txt\n", upload);
  assert_curl("there is one already\n", upload);
  assert_curl("a picture", (const char*[]){kept, NULL});
  char* climbing = format("%s../../etc/passwd", url);
  assert_curl("not here\n", (const char*[]){"--path-as-is", climbing, NULL});
  assert_curl("Unsupported Media Type\n", (const char*[]){"-d", "title=x", url, NULL});
  free(climbing);
  process_end(&process);
  remove_folder(files);
  remove_folder(here);
  free(line);
  free(files);
  free(url);
  free(kept);
  free(here);
  free(sent);
  free(field);
}

enum { LISTENERS = 1000, LISTENERS_THAT_DO_NOT_READ = 100, MESSAGE = 65536 };

/* For so many connections, of the server as well, which inherits it. */
static void raise_descriptor_limit(void) {
  struct rlimit limit;
  assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
  assert_true(limit.rlim_max > 2 * LISTENERS);
  limit.rlim_cur = limit.rlim_max < 4 * LISTENERS ? limit.rlim_max : 4 * LISTENERS;
  assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

/* So much that no socket holds it for who does not read. */
static int send_until_some_are_left_out(int port, const int* fds) {
  static const char head[] = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 65536\r\n\r\n";
  char* request = malloc(sizeof head + MESSAGE);
  memcpy(request, head, sizeof head - 1);
  memset(request + sizeof head - 1, 'x', MESSAGE);
  request[sizeof head - 1 + MESSAGE] = '\0';
  int reached = LISTENERS;
  for (int i = 0; i < 400 && reached != LISTENERS - LISTENERS_THAT_DO_NOT_READ; ++i) {
    struct response said = client_ask(port, request);
    reached = atoi(said.body);
    response_free(&said);
    for (int j = LISTENERS_THAT_DO_NOT_READ; j < LISTENERS; ++j) {
      char piece[65536];
      while (recv(fds[j], piece, sizeof piece, MSG_DONTWAIT) > 0) {
      }
    }
  }
  free(request);
  return reached;
}

static void test_examples__broadcast(void** state) {
  (void)state;
  raise_descriptor_limit();
  struct process process = start("broadcast");
  const int port = process_read_port(&process);
  int* fds = calloc(LISTENERS, sizeof *fds);
  for (int i = 0; i < LISTENERS; ++i) {
    fds[i] = client_connect(port);
    client_send_text(fds[i], get);
    char* first = client_read_bytes(fds[i], 9);
    assert_string_equal(first, "HTTP/1.1 ");
    free(first);
  }
  assert_int_equal(send_until_some_are_left_out(port, fds), LISTENERS - LISTENERS_THAT_DO_NOT_READ);
  for (int i = 0; i < LISTENERS; ++i) {
    client_close(fds[i]);
  }
  free(fds);
  process_end(&process);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_examples__hello),         cmocka_unit_test(test_examples__hello_cpp),
      cmocka_unit_test(test_examples__echo),          cmocka_unit_test(test_examples__events),
      cmocka_unit_test(test_examples__deferred),      cmocka_unit_test(test_examples__worker),
      cmocka_unit_test(test_examples__filter),        cmocka_unit_test(test_examples__form),
      cmocka_unit_test(test_examples__observed),      cmocka_unit_test(test_examples__two_servers),
      cmocka_unit_test(test_examples__graceful_stop), cmocka_unit_test(test_examples__upload),
      cmocka_unit_test(test_examples__broadcast),     cmocka_unit_test(test_examples__statuses),
  };
  return cmocka_run_group_tests_name("examples", tests, NULL, NULL);
}
