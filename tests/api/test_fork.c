/* fork() between ws_server_new(), ws_server_listen() and ws_server_run(). Not for valgrind: in the
 * child it sees what only the parent can free. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <wserve/binding.h>
#include <wserve/wserve.h>

#include "fixture.h"
#include "support/client.h"
#include "support/cmocka.h"
#include "support/process.h"

static const char get[] = "GET /path HTTP/1.1\r\nHost: a\r\n\r\n";

static ws_status hello(ws_request* request, void* app_data) {
  (void)app_data;
  return ws_request_reply(request, 200, "text/plain", "hello", 5);
}

static ws_server* stopped_by_signal;
static void on_signal(int number) {
  (void)number;
  ws_server_stop(stopped_by_signal);
}

static void test_fork__a_server_made_before_runs_in_the_child(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, NULL);
  assert_ok(ws_server_set_app(f.server, hello, NULL));
  assert_ok(ws_server_listen(f.server));
  const int port = ws_server_port(f.server, 0);
  const pid_t child = fork();
  if (child == 0) {
    alarm(20);
    signal(SIGTERM, on_signal);
    stopped_by_signal = f.server;
    _exit(ws_server_run(f.server) == WS_OK ? 0 : 1);
  }
  struct response response = client_ask(port, get);
  assert_int_equal(response.status, 200);
  response_free(&response);
  kill(child, SIGTERM);
  int result = -1;
  waitpid(child, &result, 0);
  assert_int_equal(result, 0);
  ws_server_free(f.server);
}

enum { CHILDREN = 3 };

static ws_status tell_pid(ws_request* request, void* app_data) {
  char pid[20];
  (void)app_data;
  snprintf(pid, sizeof pid, "%d", getpid());
  return ws_request_reply(request, 200, "text/plain", pid, strlen(pid));
}

static pid_t ask_pid(int fd) {
  client_send_text(fd, get);
  struct response response = client_read(fd, 0);
  assert_int_equal(response.status, 200);
  const pid_t pid = atoi(response.body);
  response_free(&response);
  return pid;
}

static pid_t fork_server(ws_server* server) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(60);
    signal(SIGTERM, on_signal);
    stopped_by_signal = server;
    _exit(ws_server_run(server) == WS_OK ? 0 : 1);
  }
  return child;
}

static void assert_ends(pid_t child) {
  int result = -1;
  assert_int_equal(kill(child, SIGTERM), 0);
  waitpid(child, &result, 0);
  assert_int_equal(result, 0);
}

/* Each child takes one connection, so that every one has something to do. */
static void serve_from_children(const char* listen, int descriptors_of_listener) {
  int log[2];
  assert_int_equal(pipe2(log, O_CLOEXEC), 0);
  char* log_fd = format("%d", log[1]);
  struct fixture f;
  fixture_make(&f,
               (const char*[]){"connection_limit", "1", "log_fd", log_fd, "listen", listen, NULL});
  assert_ok(ws_server_set_log(f.server, NULL, NULL));
  assert_ok(ws_server_set_app(f.server, tell_pid, NULL));
  const int descriptors = fixture_descriptors();
  assert_ok(ws_server_listen(f.server));
  /* All else is made by the children. */
  assert_int_equal(fixture_descriptors(), descriptors + descriptors_of_listener);
  size_t size;
  const char* address = ws_server_address(f.server, 0);
  int clients[CHILDREN];
  pid_t servers[CHILDREN];
  for (int i = 0; i < CHILDREN; ++i) {
    fork_server(f.server);
  }
  for (int i = 0; i < CHILDREN; ++i) {
    clients[i] = client_connect_address(address);
    servers[i] = ask_pid(clients[i]);
    for (int j = 0; j < i; ++j) {
      assert_int_not_equal(servers[i], servers[j]);
    }
  }
  assert_ends(servers[0]);
  assert_true(client_sees_end(clients[0]));
  client_close(clients[0]);
  assert_int_equal(ask_pid(clients[1]), servers[1]);
  client_send_text(clients[2], "nonsense\r\n\r\n");
  free(client_read_all(clients[2], &size));
  client_close(clients[2]);
  const int fresh = client_connect_address(address);
  assert_int_equal(ask_pid(fresh), servers[2]);
  client_close(fresh);
  client_close(clients[1]);
  assert_ends(servers[1]);
  assert_ends(servers[2]);
  char lines[4096] = "";
  close(log[1]);
  assert_true(read(log[0], lines, sizeof lines - 1) > 0);
  assert_holds(lines, "info: refused a request from ");
  close(log[0]);
  ws_server_free(f.server);
  free(log_fd);
}

static void test_fork__several_children_share_the_listening_socket(void** state) {
  (void)state;
  serve_from_children("127.0.0.1:0", 1);
}

/* The file of the socket stays until the process has gone that made it. */
static void test_fork__several_children_share_a_unix_socket(void** state) {
  (void)state;
  char* folder = make_folder();
  char* path = format("%s/socket", folder);
  char* listen = format("unix:%s", path);
  serve_from_children(listen, 2); /* its folder, too */
  assert_int_not_equal(access(path, F_OK), 0);
  free(listen);
  free(path);
  remove_folder(folder);
  free(folder);
}

/* What `ls` sees of our descriptors. */
static void list_inherited(char* list, size_t capacity) {
  int out[2];
  assert_int_equal(pipe2(out, O_CLOEXEC), 0);
  const pid_t child = fork();
  if (child == 0) {
    dup2(out[1], STDOUT_FILENO);
    execlp("ls", "ls", "/proc/self/fd", (char*)NULL);
    _exit(127);
  }
  close(out[1]);
  size_t size = 0;
  ssize_t n;
  while ((n = read(out[0], list + size, capacity - 1 - size)) > 0) {
    size += (size_t)n;
  }
  list[size] = '\0';
  close(out[0]);
  int result = -1;
  waitpid(child, &result, 0);
  assert_int_equal(result, 0);
}

static ws_status run_program(ws_request* request, void* app_data) {
  char list[1000];
  (void)app_data;
  list_inherited(list, sizeof list);
  return ws_request_reply(request, 200, "text/plain", list, strlen(list));
}

static void test_fork__programs_that_the_application_starts_inherit_nothing(void** state) {
  (void)state;
  static const char body[5000];
  char before[1000];
  list_inherited(before, sizeof before);
  static const char* const threads[] = {"0", "2"};
  for (int i = 0; i < 2; ++i) {
    struct fixture f;
    fixture_make(&f, (const char*[]){"threads", threads[i], "inbuf_overflow", "1000", NULL});
    fixture_start(&f, run_program, NULL);
    const int other = client_connect(f.port);
    const int fd = client_connect(f.port);
    client_send_text(fd, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\n");
    client_send(fd, body, sizeof body); /* it is in a file when the program starts */
    struct response response = client_read(fd, 0);
    assert_string_equal(response.body, before);
    response_free(&response);
    client_close(fd);
    client_close(other);
    fixture_end(&f);
  }
}

static void test_fork__children_that_just_end_disturb_nobody(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, (const char*[]){"loops", "2", NULL});
  fixture_start(&f, hello, NULL);
  const int fd = client_connect(f.port);
  for (int i = 0; i < 50; ++i) {
    client_send_text(fd, get);
    const pid_t child = fork();
    if (child == 0) {
      _exit(0);
    }
    struct response response = client_read(fd, 0);
    assert_int_equal(response.status, 200);
    response_free(&response);
    int result = -1;
    waitpid(child, &result, 0);
    assert_int_equal(result, 0);
  }
  client_close(fd);
  fixture_wait_for_stat(&f, "connections", 0);
  fixture_end(&f);
}

/* As an interpreter does at its end: a child gives back what it has of its parent's. */
static void give_back_in_child(struct fixture* f, ws_worker* worker, ws_request* request) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(20);
    ws_request_release(request);
    ws_worker_free(worker);
    ws_server_free(f->server);
    _exit(0);
  }
  int result = -1;
  waitpid(child, &result, 0);
  assert_int_equal(result, 0);
}

static void answer_around_fork(struct fixture* f, ws_worker* worker, int is_started) {
  ws_request* request = NULL;
  assert_int_equal(ws_worker_next(worker, 20000, &request), WS_OK);
  if (is_started) {
    assert_ok(ws_request_start(request, 200, NULL));
    assert_ok(ws_request_write(request, "he", 2));
    give_back_in_child(f, worker, request);
    assert_ok(ws_request_write(request, "llo", 3));
    assert_ok(ws_request_end(request));
  } else {
    give_back_in_child(f, worker, request);
    assert_ok(hello(request, NULL));
  }
  ws_request_release(request);
}

static void test_fork__children_that_end_tidily_do_not_answer(void** state) {
  (void)state;
  static const char* const threads[] = {"0", "1"};
  for (int i = 0; i < 2; ++i) {
    struct fixture f;
    fixture_make(&f, (const char*[]){"threads", threads[i], NULL});
    ws_worker* worker = ws_worker_new(f.server);
    fixture_start_pulled(&f);
    const int fd = client_connect(f.port);
    for (int is_started = 0; is_started < 2; ++is_started) {
      client_send_text(fd, get);
      answer_around_fork(&f, worker, is_started);
      struct response response = client_read(fd, 0);
      assert_int_equal(response.status, 200);
      assert_string_equal(response.body, "hello");
      response_free(&response);
    }
    client_close(fd);
    ws_server_drain(f.server, 5000);
    ws_request* none = NULL;
    while (ws_worker_next(worker, 20000, &none) != WS_CLOSED) {
    }
    ws_worker_free(worker);
    fixture_end(&f);
  }
}

/* What is left of exec(3) when there is no such program. */
static ws_status fork_and_return(ws_request* request, void* app_data) {
  pid_t* child = app_data;
  const pid_t forked = fork();
  if (forked == 0) {
    return WS_ESYSTEM;
  }
  *child = forked;
  return hello(request, NULL);
}

static void test_fork__a_child_that_returns_from_the_application_ends(void** state) {
  (void)state;
  static const char* const threads[] = {"0", "2"};
  for (int i = 0; i < 2; ++i) {
    pid_t child = 0;
    struct fixture f;
    fixture_make(&f, (const char*[]){"threads", threads[i], NULL});
    fixture_start(&f, fork_and_return, &child);
    const int fd = client_connect(f.port);
    client_send_text(fd, get);
    struct response response = client_read(fd, 0);
    assert_int_equal(response.status, 200);
    assert_string_equal(response.body, "hello");
    response_free(&response);
    fixture_end(&f); /* the child's end does not need it */
    assert_true(client_sees_end(fd));
    client_close(fd);
    int result = -1;
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_true(WIFEXITED(result) && WEXITSTATUS(result) == 1);
  }
}

/* 0 when all of it is refused. */
static int count_taken_answers(ws_request* request) {
  int fd = -1;
  const char* left = NULL;
  size_t size = 0;
  const ws_status answers[] = {
      ws_request_start(request, 200, NULL),
      ws_request_add_header(request, "A", "b"),
      ws_request_add_headers(request, "A\0b\0", 4),
      ws_request_interim(request, 103),
      ws_request_flush(request),
      ws_request_write(request, "child", 5),
      ws_request_send_file(request, STDIN_FILENO, 0, 1),
      ws_request_add_trailer(request, "A", "b"),
      ws_request_end(request),
      ws_request_finish(request, "child", 5),
      ws_request_reply(request, 200, NULL, "child", 5),
      ws_request_fail(request, "child"),
      ws_request_fail(request, NULL),
      ws_request_detach(request, &fd, &left, &size),
      ws_request_begin(request, 200, NULL, NULL, 0),
      ws_request_answer(request, 200, NULL, NULL, 0, "child", 5),
      ws_request_discard(request),
  };
  int taken = 0;
  for (size_t i = 0; i < sizeof answers / sizeof *answers; ++i) {
    taken += answers[i] != WS_ESTATE;
  }
  return taken;
}

/* Begins an answer, which the child would go on with; what came in is the child's to read. */
static ws_status let_child_answer(ws_request* request, void* app_data) {
  (void)app_data;
  assert_ok(ws_request_start(request, 200, NULL));
  const pid_t child = fork();
  if (child == 0) {
    alarm(20);
    const char* path = ws_request_get(request, "PATH_INFO");
    return path != NULL && strcmp(path, "/path") == 0 && count_taken_answers(request) == 0
               ? WS_OK
               : WS_EINTERNAL;
  }
  int result = -1;
  waitpid(child, &result, 0);
  return ws_request_finish(request, result == 0 ? "refused" : "taken", result == 0 ? 7 : 5);
}

static void test_fork__a_child_of_the_application_cannot_answer(void** state) {
  (void)state;
  static const char* const threads[] = {"0", "2"};
  for (int i = 0; i < 2; ++i) {
    struct fixture f;
    fixture_make(&f, (const char*[]){"threads", threads[i], NULL});
    fixture_start(&f, let_child_answer, NULL);
    const int fd = client_connect(f.port);
    for (int k = 0; k < 2; ++k) { /* nothing of the child's stands behind the answer */
      client_send_text(fd, get);
      struct response response = client_read(fd, 0);
      assert_int_equal(response.status, 200);
      assert_string_equal(response.body, "refused");
      response_free(&response);
    }
    client_close(fd);
    fixture_end(&f);
  }
}

/* It has the worker's event in common with its parent. */
static void test_fork__a_child_neither_pulls_nor_wakes(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, NULL);
  ws_worker* worker = ws_worker_new(f.server);
  fixture_start_pulled(&f);
  struct pollfd watched = {.fd = ws_worker_fd(worker), .events = POLLIN};
  const int fd = client_connect(f.port);
  client_send_text(fd, get);
  assert_int_equal(poll(&watched, 1, 20000), 1);
  const pid_t child = fork();
  if (child == 0) {
    alarm(20);
    ws_request* none = NULL;
    const ws_status pulled = ws_worker_next(worker, 0, &none);
    _exit(pulled == WS_ESTATE && none == NULL ? 0 : 1);
  }
  int result = -1;
  waitpid(child, &result, 0);
  assert_int_equal(result, 0);
  ws_request* request = NULL;
  assert_int_equal(ws_worker_next(worker, 20000, &request), WS_OK);
  assert_ok(hello(request, NULL));
  ws_request_release(request);
  struct response response = client_read(fd, 0);
  assert_int_equal(response.status, 200);
  response_free(&response);
  assert_int_equal(ws_worker_next(worker, 0, &request), WS_TIMEOUT);
  const pid_t waker = fork();
  if (waker == 0) {
    alarm(20);
    ws_worker_wake(worker);
    _exit(0);
  }
  waitpid(waker, &result, 0);
  assert_int_equal(result, 0);
  assert_int_equal(poll(&watched, 1, 0), 0);
  client_close(fd);
  ws_server_drain(f.server, 5000);
  while (ws_worker_next(worker, 20000, &request) != WS_CLOSED) {
  }
  ws_worker_free(worker);
  fixture_end(&f);
}

static void test_fork__a_child_does_not_wait_for_the_servers_threads(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, NULL);
  fixture_start(&f, hello, NULL);
  const pid_t child = fork();
  if (child == 0) {
    alarm(20);
    const ws_status joined = ws_server_join(f.server);
    ws_server_free(f.server);
    _exit(joined == WS_ESTATE ? 0 : 1);
  }
  int result = -1;
  waitpid(child, &result, 0);
  assert_int_equal(result, 0);
  struct response response = client_ask(f.port, get);
  assert_int_equal(response.status, 200);
  response_free(&response);
  fixture_end(&f);
}

static ws_status end_thread(ws_request* request, void* app_data) {
  (void)request;
  (void)app_data;
  pthread_exit(NULL);
}

/* Another thread of the pool would be a matter of course; another event loop cannot be had. */
static void test_fork__a_process_whose_loop_thread_is_ended_says_so_and_ends(void** state) {
  (void)state;
  int log[2];
  assert_int_equal(pipe2(log, O_CLOEXEC), 0);
  char* log_fd = format("%d", log[1]);
  struct fixture f;
  fixture_make(&f, (const char*[]){"threads", "0", "log_fd", log_fd, NULL});
  assert_ok(ws_server_set_log(f.server, NULL, NULL));
  assert_ok(ws_server_set_app(f.server, end_thread, NULL));
  assert_ok(ws_server_listen(f.server));
  const pid_t child = fork();
  if (child == 0) {
    alarm(20);
    const int nowhere = open("/dev/null", O_WRONLY);
    dup2(nowhere, STDERR_FILENO); /* the C++ library has a word, too */
    ws_server_run(f.server);
    _exit(0);
  }
  close(log[1]);
  struct response response = client_ask(ws_server_port(f.server, 0), get);
  assert_int_not_equal(response.status, 200);
  response_free(&response);
  char line[300] = "";
  assert_true(read(log[0], line, sizeof line - 1) > 0);
  assert_holds(line, "error: the application has ended the thread of the event loop");
  close(log[0]);
  int result = -1;
  waitpid(child, &result, 0);
  assert_true(WIFSIGNALED(result) && WTERMSIG(result) == SIGABRT);
  ws_server_free(f.server);
  free(log_fd);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_fork__a_server_made_before_runs_in_the_child),
      cmocka_unit_test(test_fork__several_children_share_the_listening_socket),
      cmocka_unit_test(test_fork__several_children_share_a_unix_socket),
      cmocka_unit_test(test_fork__a_process_whose_loop_thread_is_ended_says_so_and_ends),
      cmocka_unit_test(test_fork__programs_that_the_application_starts_inherit_nothing),
      cmocka_unit_test(test_fork__children_that_just_end_disturb_nobody),
      cmocka_unit_test(test_fork__children_that_end_tidily_do_not_answer),
      cmocka_unit_test(test_fork__a_child_that_returns_from_the_application_ends),
      cmocka_unit_test(test_fork__a_child_of_the_application_cannot_answer),
      cmocka_unit_test(test_fork__a_child_neither_pulls_nor_wakes),
      cmocka_unit_test(test_fork__a_child_does_not_wait_for_the_servers_threads),
  };
  return cmocka_run_group_tests_name("api/fork", tests, NULL, NULL);
}
