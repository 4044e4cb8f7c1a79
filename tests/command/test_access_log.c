/* The access log, read by the programs that read such logs, and when it cannot be written. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/client.h"
#include "support/cmocka.h"
#include "support/process.h"

static const char get[] = "GET /plain HTTP/1.1\r\nHost: a\r\nUser-Agent: test\r\n\r\n";

/* Who asks like this wants to forge a line, a field, or a value. */
static const char* const attacks[] = {
    "GET /quote\" HTTP/1.1\r\nHost: a\r\nUser-Agent: a\" 200 \"b\\\r\n\r\n",
    "GET /a?b=\"c HTTP/1.1\r\nHost: a\r\nUser-Agent: \xff\xfe\xc0\xaf \xed\xa0\x80 \xc3\xa9\r\n"
    "Referer: \\\",\"http.response.status_code\":999,\"x\":\"\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: tab\there\r\n\r\n",
    "GET /two\nlines HTTP/1.1\r\nHost: a\r\n\r\n",
    "\x16\x03\x01\x02 [27/Nov/2026:00:00:00 +0000]\r\n\r\n",
    "GET /forged\x01\x1b[31m HTTP/1.1\r\nHost: a\r\n\r\n",
};
enum { ATTACKS = sizeof attacks / sizeof *attacks };

struct logged {
  char* folder;
  char* file;
  struct process process;
  int port;
};

static void logged_start(struct logged* l, const char* format_option) {
  l->folder = make_folder();
  l->file = format("%s/access.log", l->folder);
  char* option = format("--access-log=%s", l->file);
  l->process = process_start(
      (const char*[]){WSERVE, "--listen=127.0.0.1:0", option, format_option, "hello", NULL});
  l->port = process_read_port(&l->process);
  free(option);
}

static void ask(int port, const char* request) {
  struct response response = client_ask(port, request);
  assert_true(response.status >= 200);
  response_free(&response);
}

static void ask_all(int port) {
  for (int i = 0; i < ATTACKS; ++i) {
    ask(port, attacks[i]);
  }
  ask(port, get);
}

/* The server has ended, so all of its lines are there. */
static void logged_stop(struct logged* l) {
  assert_int_equal(process_end(&l->process), 0);
}

static void logged_end(struct logged* l) {
  remove_folder(l->folder);
  free(l->folder);
  free(l->file);
}

static char* shell(const char* command) {
  char* out = NULL;
  assert_int_equal(process_run((const char*[]){"/bin/sh", "-c", command, NULL}, &out, NULL), 0);
  return out;
}

static void expect_output(char* command, const char* expected) {
  char* out = shell(command);
  assert_string_equal(out, expected);
  free(out);
  free(command);
}

static void test_access_log__goaccess_reads_the_combined_format(void** state) {
  (void)state;
  struct logged l;
  logged_start(&l, "--access-log-format=combined");
  ask_all(l.port);
  const int gone = client_connect(l.port);
  client_send_text(gone, "POST /gone HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n1");
  client_close(gone);
  logged_stop(&l);
  expect_output(format("wc -l < %s", l.file), "8\n");
  expect_output(format("goaccess %s --log-format=COMBINED --no-progress -o %s/report.json && "
                       "jq -c '.general | [.valid_requests, .failed_requests]' %s/report.json",
                       l.file, l.folder, l.folder),
                "[8,0]\n");
  expect_output(format("grep -c 'POST /gone HTTP/1.1\" 499 -' %s", l.file), "1\n");
  expect_output(format("LC_ALL=C grep -c '[^ -~]' %s || true", l.file), "0\n");
  logged_end(&l);
}

static void test_access_log__jq_reads_every_line_of_json(void** state) {
  (void)state;
  struct logged l;
  logged_start(&l, "--access-log-format=json");
  ask_all(l.port);
  logged_stop(&l);
  expect_output(format("wc -l < %s", l.file), "7\n");
  expect_output(format("jq -s length %s", l.file), "7\n");
  expect_output(
      format("jq -s 'map(.[\"http.response.status_code\"]) | unique | index(999)' %s", l.file),
      "null\n");
  expect_output(format("tail -1 %s | jq -r '[.[\"http.request.method\"], .[\"url.path\"], "
                       ".[\"client.address\"], .[\"user_agent.original\"], .[\"wserve.cause\"], "
                       "(.[\"http.response.status_code\"] | tostring)] | join(\" \")'",
                       l.file),
                "GET /plain 127.0.0.1 test answered 200\n");
  logged_end(&l);
}

static void test_access_log__a_template_says_what_it_is_asked_for(void** state) {
  (void)state;
  struct logged l;
  logged_start(&l,
               "--access-log-format=%m %U%q %>s %B %{Content-Type}o \"%{User-Agent}i\" %u %% "
               "%{cause}x %{c}a %H %v");
  ask(l.port, "GET /a?b HTTP/1.1\r\nHost: h\r\nUser-Agent: a b\r\n\r\n");
  ask(l.port, "GET /a HTTP/1.1\r\nHost: h e\r\n\r\n");
  logged_stop(&l);
  expect_output(
      format("head -1 %s", l.file),
      "GET /a?b 200 14 text/plain;\\x20charset=utf-8 \"a b\" - % answered 127.0.0.1 HTTP/1.1 h\n");
  logged_end(&l);
}

/* They are written shortly behind the answers. */
static void wait_for_lines(const struct logged* l, int count) {
  char* wait = format("until test \"$(cat %s 2>/dev/null | wc -l)\" -eq %d; do sleep 0.01; done",
                      l->file, count);
  free(shell(wait));
  free(wait);
}

/* The example's own file, but for where the log is, and for the service manager: in its place
 * stands a program that takes the very same words. */
static void prepare_rotation(const struct logged* l) {
  char* manager = format("%s/systemctl", l->folder);
  char* script = format(
      "#!/bin/sh\n"
      "test \"$*\" = \"kill --kill-whom=main --signal=USR1 wserve.service\" && kill -USR1 %d\n",
      l->process.pid);
  write_file(manager, script);
  free(script);
  char* prepare = format("chmod 700 %s %s && sed 's|/var/log/wserve/access.log|%s|' " LOGROTATE
                         " >%s/rotate.conf && chmod 600 %s/rotate.conf",
                         l->folder, manager, l->file, l->folder, l->folder);
  free(shell(prepare));
  free(prepare);
  free(manager);
}

static void rotate(const struct logged* l) {
  char* command = format("PATH=%s:$PATH logrotate -f -s %s/state %s/rotate.conf", l->folder,
                         l->folder, l->folder);
  free(shell(command));
  free(command);
}

static void test_access_log__logrotate_moves_it_and_no_line_is_lost(void** state) {
  (void)state;
  struct logged l;
  logged_start(&l, "--access-log-format=common");
  prepare_rotation(&l);
  for (int i = 0; i < 20; ++i) {
    ask(l.port, get);
  }
  wait_for_lines(&l, 20);
  rotate(&l);
  for (int i = 0; i < 10; ++i) {
    ask(l.port, get);
  }
  wait_for_lines(&l, 10);
  rotate(&l);
  ask(l.port, get);
  logged_stop(&l);
  expect_output(format("wc -l < %s", l.file), "1\n");
  expect_output(format("wc -l < %s.1", l.file), "10\n");
  expect_output(format("zcat %s.2.gz | wc -l", l.file), "20\n");
  logged_end(&l);
}

static void test_access_log__a_file_that_was_removed_is_made_anew(void** state) {
  (void)state;
  struct logged l;
  logged_start(&l, "--access-log-format=common");
  ask(l.port, get);
  char* wait = format("until test -s %s; do sleep 0.01; done", l.file);
  free(shell(wait));
  free(wait);
  assert_int_equal(unlink(l.file), 0);
  ask(l.port, get);
  ask(l.port, get);
  logged_stop(&l);
  expect_output(format("grep -c plain %s", l.file), "2\n");
  logged_end(&l);
}

static void expect_service_and_word(const char* option, int closes_output, const char* word) {
  struct process process =
      process_start((const char*[]){WSERVE, "--listen=127.0.0.1:0", option, "hello", NULL});
  const int port = process_read_port(&process);
  if (closes_output) {
    close(process.out);
    process.out = -1;
  }
  for (int i = 0; i < 5; ++i) {
    ask(port, get);
  }
  process_signal(&process, SIGTERM);
  char* err = NULL;
  assert_int_equal(process_finish(&process, NULL, &err), 0);
  assert_non_null(strstr(err, "access_log: "));
  assert_non_null(strstr(err, word));
  free(err);
}

static void test_access_log__a_full_disk_stops_no_request(void** state) {
  (void)state;
  expect_service_and_word("--access-log=/dev/full", 0, "No space left on device");
}

static void test_access_log__a_closed_pipe_stops_no_request(void** state) {
  (void)state;
  expect_service_and_word("--access-log=-", 1, "Broken pipe");
}

/* Neither waiting for a reader nor losing lines silently: it does not start. */
static void test_access_log__a_fifo_that_nobody_reads_is_refused(void** state) {
  (void)state;
  char* folder = make_folder();
  char* option = format("--access-log=%s/fifo", folder);
  assert_int_equal(mkfifo(strchr(option, '/'), 0600), 0);
  char* err = NULL;
  assert_int_not_equal(
      process_run((const char*[]){WSERVE, "--listen=127.0.0.1:0", option, "hello", NULL}, NULL,
                  &err),
      0);
  assert_non_null(strstr(err, "access_log"));
  free(err);
  free(option);
  remove_folder(folder);
  free(folder);
}

/* RFC 9112 §3.2.2: a target in absolute form says host and path. */
static void test_access_log__an_absolute_target_is_taken_apart(void** state) {
  (void)state;
  struct logged l;
  logged_start(&l, "--access-log-format=%U %q %v");
  ask(l.port, "GET http://named.example:81/path?q=1 HTTP/1.1\r\nHost: other\r\n\r\n");
  ask(l.port, "GET http://named.example HTTP/1.1\r\nHost: other\r\n\r\n");
  ask(l.port, "GET /path HTTP/1.1\r\nHost: other:81\r\n\r\n");
  logged_stop(&l);
  expect_output(format("cat %s", l.file),
                "/path ?q=1 named.example:81\n-  named.example\n/path  other:81\n");
  logged_end(&l);
  logged_start(&l, "--access-log-format=json");
  ask(l.port, "GET http://named.example:81/path?q=1 HTTP/1.1\r\nHost: other\r\n\r\n");
  logged_stop(&l);
  expect_output(
      format("jq -c '[.[\"url.path\"],.[\"url.query\"],.[\"server.address\"]]' %s", l.file),
      "[\"/path\",\"q=1\",\"named.example\"]\n");
  logged_end(&l);
}

/* What the server says of its own accord is sent, too. */
static void test_access_log__counts_the_interim_answer(void** state) {
  (void)state;
  struct logged l;
  logged_start(&l, "--access-log-format=%O");
  const int fd = client_connect(l.port);
  client_send_text(fd,
                   "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: 100-continue\r\n"
                   "Connection: close\r\n\r\n");
  char* interim = client_read_bytes(fd, strlen("HTTP/1.1 100 Continue\r\n\r\n"));
  client_send_text(fd, "x");
  size_t size = 0;
  free(client_read_all(fd, &size));
  client_close(fd);
  logged_stop(&l);
  char* expected = format("%zu\n", strlen(interim) + size);
  expect_output(format("cat %s", l.file), expected);
  free(expected);
  free(interim);
  logged_end(&l);
}

static void test_access_log__what_means_nothing_is_refused(void** state) {
  (void)state;
  static const char* const options[] = {"--access-log=fd:x", "--access-log=/nowhere/at/all",
                                        "--access-log-format=%y", "--access-log-format=%{no}x"};
  for (size_t i = 0; i < sizeof options / sizeof *options; ++i) {
    assert_int_not_equal(
        process_run((const char*[]){WSERVE, "--listen=127.0.0.1:0", "--access-log=/dev/null",
                                    options[i], "hello", NULL},
                    NULL, NULL),
        0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_access_log__goaccess_reads_the_combined_format),
      cmocka_unit_test(test_access_log__jq_reads_every_line_of_json),
      cmocka_unit_test(test_access_log__a_template_says_what_it_is_asked_for),
      cmocka_unit_test(test_access_log__logrotate_moves_it_and_no_line_is_lost),
      cmocka_unit_test(test_access_log__a_file_that_was_removed_is_made_anew),
      cmocka_unit_test(test_access_log__a_full_disk_stops_no_request),
      cmocka_unit_test(test_access_log__a_closed_pipe_stops_no_request),
      cmocka_unit_test(test_access_log__a_fifo_that_nobody_reads_is_refused),
      cmocka_unit_test(test_access_log__an_absolute_target_is_taken_apart),
      cmocka_unit_test(test_access_log__counts_the_interim_answer),
      cmocka_unit_test(test_access_log__what_means_nothing_is_refused),
  };
  return cmocka_run_group_tests_name("command/access_log", tests, NULL, NULL);
}
