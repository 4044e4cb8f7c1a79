/* The wserve command, as a user meets it: words in, words and an exit status out. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/client.h"
#include "support/cmocka.h"
#include "support/process.h"

#define MOST_WORDS 16

static const char get[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

/* "wserve" and further words, NULL at the end. */
static const char** words(const char* first, ...) {
  static const char* argv[MOST_WORDS];
  va_list more;
  int count = 0;
  argv[count++] = WSERVE;
  va_start(more, first);
  for (const char* word = first; word != NULL; word = va_arg(more, const char*)) {
    argv[count++] = word;
  }
  va_end(more);
  argv[count] = NULL;
  return argv;
}

static void assert_holds(const char* text, const char* part) {
  if (strstr(text, part) == NULL) {
    print_error("\"%s\"\ndoes not hold \"%s\"\n", text, part);
    fail();
  }
}

static void assert_fails(const char** argv, int status, const char* message) {
  char* out = NULL;
  char* err = NULL;
  assert_int_equal(process_run(argv, &out, &err), status);
  assert_holds(err, message);
  assert_string_equal(out, "");
  free(out);
  free(err);
}

static void test_command__explains_itself(void** state) {
  (void)state;
  char* out = NULL;
  char* err = NULL;
  assert_int_equal(process_run(words("--help", NULL), &out, &err), 0);
  assert_string_equal(err, "");
  assert_holds(out, "Usage: wserve [OPTION]... APP [NAME=VALUE]...");
  assert_holds(out, "  --url-prefix=text\n");
  assert_holds(out, "  --threads=0..1024|auto\n");
  assert_holds(out, "      debug|info|warning|error|none\n");
  assert_holds(out, "      forwarded|x-forwarded-for|x-forwarded-host|x-forwarded-proto|\n");
  assert_holds(out, "  --expose-tracebacks, --no-expose-tracebacks\n");
  assert_holds(out, "      Default: 4 threads\n");
  for (const char* line = out; line != NULL && *line != '\0';) {
    const size_t size = strcspn(line, "\n");
    assert_in_range(size, 0, 90);
    line = line[size] == '\n' ? line + size + 1 : NULL;
  }
  char* same = NULL;
  free(err);
  assert_int_equal(process_run(words("-h", NULL), &same, &err), 0);
  assert_string_equal(same, out);
  free(same);
  free(out);
  free(err);
  assert_int_equal(process_run(words("--version", NULL), &out, &err), 0);
  assert_string_equal(out, "wserve 1.0.0\n");
  free(out);
  free(err);
}

static void test_command__mistakes_have_status_2(void** state) {
  (void)state;
  assert_fails(words(NULL, NULL), 2, "wserve: no application given\nTry 'wserve --help'");
  assert_fails(words("--nonsense", "hello", NULL), 2, "unrecognized option '--nonsense'");
  assert_fails(words("--conection-limit=3", "hello", NULL), 2, "did you mean connection_limit?");
  assert_fails(words("--threads=-3", "hello", NULL), 2,
               "wserve: threads must be 0..1024 or auto, got \"-3\"\n");
  assert_fails(
      words("--threads=-3", "--treads=1", "--ident=a\nb", "hello", NULL), 2,
      "unrecognized option '--treads=1'\nwserve: \"treads\" is not an option; did you mean "
      "threads?\nwserve: ident must ");
  assert_fails(words("--threads=-3", "--ident=a\nb", "hello", NULL), 2,
               "got \"-3\"\nwserve: ident must ");
  assert_fails(words("--threads", NULL), 2, "option '--threads' requires an argument");
  assert_fails(words("--no-ipv4=x", "hello", NULL), 2, "doesn't allow an argument");
  assert_fails(words("--ipv4=perhaps", "hello", NULL), 2, "ipv4 must be true or false");
  assert_fails(words("hello", "world", NULL), 2,
               "\"world\" behind the application is no NAME=VALUE");
  assert_fails(words("hello", "--threads=1", "x", NULL), 2,
               "\"--threads=1\" stands behind the application, and options before it");
  assert_fails(words("hello", "-h", NULL), 2, "\"-h\" stands behind the application");
  assert_fails(words("--max-request=100", "hello", NULL), 2, "is ambiguous");
  assert_fails(words("--no-log=100", "hello", NULL), 2, "is ambiguous");
}

/* Whose name is right is not said to be no option. */
static void test_command__says_one_thing_of_a_mistake(void** state) {
  (void)state;
  const char* const mistakes[] = {"--no-server-timing=1", "--no-server-tim=1", "--max-request=100"};
  for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; ++i) {
    char* err = NULL;
    assert_int_equal(process_run(words(mistakes[i], "hello", NULL), NULL, &err), 2);
    assert_null(strstr(err, "is not an option"));
    free(err);
  }
}

static void test_command__what_cannot_be_served_has_status_1(void** state) {
  (void)state;
  assert_fails(words("no-such-app", NULL), 1,
               "wserve: application \"no-such-app\": there is no no-such-app.so");
  assert_fails(words("./no-such.so", NULL), 1, "wserve: application \"./no-such.so\": ");
  assert_fails(words("hello:no_such_symbol", NULL), 1, "has no function no_such_symbol");
  assert_fails(words("hello", "a=b", NULL), 1, "wserve_app takes no settings, got a");
  assert_fails(words("files", "root=/no/such", NULL), 1,
               "root \"/no/such\": No such file or directory");
  assert_fails(words("files", "rot=/", NULL), 1,
               "unknown setting \"rot\"; there are root, dotfiles and mime_types");
  assert_fails(words("--listen=127.0.0.1:0", "--port=1", "hello", NULL), 1,
               "wserve: port may not be set if listen is set");
  assert_fails(words("--listen=no-such-host.invalid:80", "hello", NULL), 1,
               "wserve: listen: \"no-such-host.invalid:80\": ");
}

static void test_command__names_an_address_in_use(void** state) {
  (void)state;
  struct process first = process_start(words("--listen=127.0.0.1:0", "hello", NULL));
  char* listen = format("--listen=127.0.0.1:%d", process_read_port(&first));
  char* message = format("wserve: listen: \"%s\": Address already in use\n", listen + 9);
  assert_fails(words(listen, "hello", NULL), 1, message);
  free(message);
  free(listen);
  process_end(&first);
}

static void test_command__serves_until_it_is_told_to_stop(void** state) {
  (void)state;
  const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT};
  for (int i = 0; i < 4; ++i) {
    struct process process = process_start(words("--listen=127.0.0.1:0", "hello", NULL));
    const int port = process_read_port(&process);
    process_signal(&process, SIGUSR1); /* mean nothing */
    process_signal(&process, SIGUSR2);
    struct response response = client_ask(port, get);
    assert_string_equal(response.body, "Hello, World!\n");
    response_free(&response);
    process_signal(&process, signals[i]);
    char* err = NULL;
    assert_int_equal(process_finish(&process, NULL, &err), 0);
    assert_string_equal(err, "");
    free(err);
  }
}

/* As long as there is a process: its end must not use what is freed already. */
static void test_command__signals_change_nothing_while_it_ends(void** state) {
  (void)state;
  for (int i = 0; i < 10; ++i) {
    struct process process = process_start(words("--listen=127.0.0.1:0", "hello", NULL));
    assert_true(process_read_port(&process) > 0);
    siginfo_t ended = {.si_pid = 0};
    while (ended.si_pid == 0) {
      kill(process.pid, SIGTERM);
      assert_int_equal(waitid(P_PID, (id_t)process.pid, &ended, WEXITED | WNOHANG | WNOWAIT), 0);
    }
    assert_int_equal(process_finish(&process, NULL, NULL), 0);
  }
}

/* Of a server that was started with these words in front. */
static rlim_t descriptor_limit(const char* before, const char* connection_limit, char** err) {
  char* command = format("%s; exec %s --listen=127.0.0.1:0 --connection-limit=%s hello", before,
                         WSERVE, connection_limit);
  struct process process = process_start((const char*[]){"/bin/sh", "-c", command, NULL});
  assert_true(process_read_port(&process) > 0);
  struct rlimit limit;
  assert_int_equal(prlimit(process.pid, RLIMIT_NOFILE, NULL, &limit), 0);
  process_signal(&process, SIGTERM);
  assert_int_equal(process_finish(&process, NULL, err), 0);
  free(command);
  return limit.rlim_cur;
}

static void test_command__takes_the_descriptors_that_it_needs(void** state) {
  (void)state;
  char* err = NULL;
  assert_int_equal(descriptor_limit("ulimit -Sn 80", "1_00", &err), 264);
  assert_string_equal(err, "");
  free(err);
  assert_int_equal(descriptor_limit("ulimit -Sn 300", "1_00", &err), 300);
  assert_string_equal(err, "");
  free(err);
  assert_int_equal(descriptor_limit("ulimit -n 80", "100", &err), 80);
  assert_holds(err, "connection_limit=100 needs about 121 file descriptors");
  assert_holds(err, "may have 80: raise RLIMIT_NOFILE");
  free(err);
}

static void test_command__listens_in_several_places(void** state) {
  (void)state;
  char* folder = make_folder();
  char* path = format("%s/sock", folder);
  char* listen = format("--listen=unix:%s?mode=0666", path);
  struct process process =
      process_start(words("--listen=127.0.0.1:0", "--listen", "[::1]:0", listen, "hello", NULL));
  const int port = process_read_port(&process);
  char* second = process_read_line(&process);
  assert_holds(second, "Serving on http://[::1]:");
  char* third = process_read_line(&process);
  assert_holds(third, "Serving on http://unix:/");
  struct response response = client_ask(port, get);
  assert_int_equal(response.status, 200);
  response_free(&response);
  const int fd = client_connect_unix(path);
  client_send_text(fd, get);
  response = client_read(fd, 0);
  assert_int_equal(response.status, 200);
  response_free(&response);
  client_close(fd);
  assert_int_equal(process_end(&process), 0);
  assert_int_equal(access(path, F_OK), -1);
  free(second);
  free(third);
  free(listen);
  free(path);
  remove_folder(folder);
  free(folder);
}

/* Asks the app "environ", with further options. */
static char* ask_environ(const char* option, const char* request) {
  struct process process = process_start(words("--listen=127.0.0.1:0", option, "environ", NULL));
  struct response response = client_ask(process_read_port(&process), request);
  assert_string_equal(response_field(&response, "Content-Type"), "application/json");
  char* body = strdup(response.body);
  response_free(&response);
  process_end(&process);
  return body;
}

static void test_command__environ_is_json(void** state) {
  (void)state;
  char* json = ask_environ("--threads=2",
                           "POST /\x61%22?q=1 HTTP/1.1\r\nHost: a\r\nX-A: \xe9\"\\\r\n"
                           "Content-Length: 3\r\n\r\n\x01\xff\n");
  assert_holds(json, "{\"environ\": {\"REQUEST_METHOD\": \"POST\", ");
  assert_holds(json, "\"PATH_INFO\": \"/a\\\"\"");
  assert_holds(json, "\"HTTP_X_A\": \"\\u00e9\\\"\\\\\"");
  assert_holds(json, "\"body\": \"\\u0001\\u00ff\\u000a\"}");
  free(json);
}

static void test_command__options_have_several_forms(void** state) {
  (void)state;
  const char* const forms[][2] = {
      {"--url-scheme=https", "\"ws.url_scheme\": \"https\""},
      {"--url_prefix=/foo", "\"SCRIPT_NAME\": \"/foo\""},
      {"--threads=0", "\"ws.multithread\": \"false\""},
      {"--no-clear-untrusted-proxy-headers", "\"HTTP_X_FORWARDED_FOR\": \"6.6.6.6\""},
      {"--clear-untrusted-proxy-headers=no", "\"HTTP_X_FORWARDED_FOR\": \"6.6.6.6\""},
  };
  for (size_t i = 0; i < sizeof forms / sizeof forms[0]; ++i) {
    char* json =
        ask_environ(forms[i][0], "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n");
    assert_holds(json, forms[i][1]);
    free(json);
  }
  struct process process =
      process_start(words("--listen", "127.0.0.1:0", "--url_prefix", "/foo", "environ", NULL));
  struct response response = client_ask(process_read_port(&process), get);
  assert_holds(response.body, "\"SCRIPT_NAME\": \"/foo\"");
  response_free(&response);
  process_end(&process);
  char* json = ask_environ("--clear-untrusted-proxy-headers",
                           "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n");
  assert_null(strstr(json, "6.6.6.6"));
  free(json);
}

static void test_command__loads_apps_of_others(void** state) {
  (void)state;
  char* with_symbol = format("%s/plugin.so:other_app", PLUGINS);
  char* app_path = format("--app-path=%s", PLUGINS);
  const char* const apps[][3] = {
      {PLUGINS "/plugin.so", NULL, "default (no settings)"},
      {with_symbol, NULL, "other"},
      {"plugin", NULL, "default (no settings)"},
      {"plugin", "name=value", "default name=value"},
  };
  for (size_t i = 0; i < sizeof apps / sizeof apps[0]; ++i) {
    struct process process =
        process_start(words("--listen=127.0.0.1:0", app_path, apps[i][0], apps[i][1], NULL));
    struct response response = client_ask(process_read_port(&process), get);
    assert_string_equal(response.body, apps[i][2]);
    response_free(&response);
    process_signal(&process, SIGTERM);
    char* out = NULL;
    assert_int_equal(process_finish(&process, &out, NULL), 0);
    assert_holds(out, i == 1 ? "" : "closed\n");
    free(out);
  }
  setenv("WSERVE_APP_PATH", "/no/such:" PLUGINS, 1);
  struct process process = process_start(words("--listen=127.0.0.1:0", "plugin", NULL));
  struct response response = client_ask(process_read_port(&process), get);
  assert_int_equal(response.status, 200);
  response_free(&response);
  process_end(&process);
  unsetenv("WSERVE_APP_PATH");
  free(app_path);
  free(with_symbol);
}

static void test_command__serves_ini_files(void** state) {
  (void)state;
  char* folder = make_folder();
  char* ini = format("%s/site.ini", folder);
  write_file(ini,
             "[app:main]\nuse = egg:wserve#environ\n[filter:p]\nuse = egg:PasteDeploy#prefix\n"
             "prefix = /james\n[pipeline:mounted]\npipeline = p main\n"
             "[server:main]\nuse = egg:waitress#main\nport = 1\nurl_scheme = https\n"
             "ident = %(who)s\n");
  char* name = format("%s#mounted", ini);
  struct process process =
      process_start(words("--listen=127.0.0.1:0", name, "who=\"me\" \\ you", NULL));
  struct response response =
      client_ask(process_read_port(&process), "GET /james/x HTTP/1.1\r\nHost: a\r\n\r\n");
  assert_holds(response.body, "\"SCRIPT_NAME\": \"/james\"");
  assert_holds(response.body, "\"PATH_INFO\": \"/x\"");
  assert_holds(response.body, "\"ws.url_scheme\": \"https\"");
  assert_string_equal(response_field(&response, "Server"), "\"me\" \\ you");
  response_free(&response);
  assert_int_equal(process_end(&process), 0);
  assert_fails(words(ini, NULL), 1, "%(who)s: there is no \"who\"");
  free(name);
  free(ini);
  remove_folder(folder);
  free(folder);
}

static void test_command__puts_filters_in_front(void** state) {
  (void)state;
  struct process process = process_start(words(
      "--listen=127.0.0.1:0", "--filter", "prefix: prefix=/james force_port=99", "environ", NULL));
  struct response response =
      client_ask(process_read_port(&process), "GET /james HTTP/1.1\r\nHost: a\r\n\r\n");
  assert_holds(response.body, "\"HTTP_HOST\": \"a:99\"");
  assert_holds(response.body, "\"PATH_INFO\": \"/\"");
  response_free(&response);
  assert_int_equal(process_end(&process), 0);
  assert_fails(words("--filter=gzip", "hello", NULL), 2, "there is no filter \"gzip\"");
}

static void test_command__compresses(void** state) {
  (void)state;
  if (!HAS_GZIP) {
    assert_fails(words("--filter=compress: encodings=gzip", "hello", NULL), 2,
                 "and this library was built without ");
    return;
  }
  char* folder = make_folder();
  char* ini = format("%s/site.ini", folder);
  write_file(ini,
             "[app:main]\nuse = egg:wserve#environ\n[filter:small]\nuse = egg:wserve#compress\n"
             "min_size = 10\nencodings = gzip\n[pipeline:packed]\npipeline = small main\n"
             "[filter:wrong]\nuse = egg:wserve#compress\nlevel = 11\n"
             "[pipeline:refused]\npipeline = wrong main\n[server:main]\nuse = egg:wserve#main\n");
  char* name = format("%s#packed", ini);
  struct process process = process_start(words("--listen=127.0.0.1:0", name, NULL));
  struct response response = client_ask(
      process_read_port(&process), "GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n");
  assert_string_equal(response_field(&response, "Content-Encoding"), "gzip");
  assert_memory_equal(response.body, "\x1f\x8b", 2);
  response_free(&response);
  assert_int_equal(process_end(&process), 0);
  free(name);
  name = format("%s#refused", ini);
  assert_fails(words("--listen=127.0.0.1:0", name, NULL), 1,
               "filter compress: level must be 1..9, got \"11\"");
  free(name);
  free(ini);
  remove_folder(folder);
  free(folder);
}

static void test_command__checks_and_exits(void** state) {
  (void)state;
  char* out = NULL;
  assert_int_equal(process_run(words("--check", "--listen=127.0.0.1:1", "hello", NULL), &out, NULL),
                   0);
  assert_string_equal(out, "hello can be served\n");
  free(out);
  assert_fails(words("--check", "--listen=127.0.0.1:1", "--port=1", "hello", NULL), 1,
               "port may not be set if listen is set");
  assert_fails(words("--check", "--access-log=/nowhere/at/all", "hello", NULL), 1,
               "opening access_log /nowhere/at/all: No such file or directory");
  assert_fails(words("--check", "--temporary-directory=/nowhere", "hello", NULL), 1,
               "temporary_directory /nowhere: No such file or directory");
  assert_fails(words("--temporary-directory=/nowhere", "hello", NULL), 1,
               "temporary_directory /nowhere: No such file or directory");
  assert_fails(words("--check", "--metrics-listen=192.0.2.1:9113", "hello", NULL), 1,
               "metrics_listen: \"192.0.2.1:9113\": ");
  assert_fails(words("--check", "nothing.ini", NULL), 1, "nothing.ini: No such file or directory");
}

static void test_command__checks_all_of_a_file(void** state) {
  (void)state;
  char* folder = make_folder();
  char* ini = format("%s/a.ini", folder);
  write_file(ini,
             "[server:main]\nuse = egg:wserve#main\nlisen = a\nthreads = many\nport = 1\n"
             "listen = 127.0.0.1:1\naccess_log = /nowhere/at/all\n"
             "temporary_directory = /nowhere\nerror_pages = /nowhere/pages\n"
             "[filter:small]\nuse = egg:wserve#compress\nlevel = 11\n"
             "[pipeline:main]\npipeline = small both\n"
             "[composite:both]\nuse = egg:Paste#urlmap\n/ = one\n/two = two\n"
             "[app:one]\nuse = egg:nothing#here\n[app:two]\nuse = egg:wserve#files\nrot = a\n");
  char* err = NULL;
  assert_int_equal(process_run(words("--check", ini, NULL), NULL, &err), 1);
  const char* const said[] = {
      "\"lisen\" is not an option; did you mean listen?",
      "threads must be 0..1024 or auto, got \"many\"",
      "level must be 1..9, got \"11\"",
      "nothing.so",
      "unknown setting \"rot\"",
      "port may not be set if listen is set",
      "access_log /nowhere/at/all: No such file",
      "temporary_directory /nowhere: No such file",
      "error_pages /nowhere/pages: No such file",
  };
  for (size_t i = 0; i < sizeof said / sizeof said[0]; ++i) {
    assert_holds(err, said[i]);
  }
  free(err);
  free(ini);
  remove_folder(folder);
  free(folder);
}

static void test_command__explains_proxies(void** state) {
  (void)state;
  char* out = NULL;
  assert_int_equal(
      process_run(words("--explain-proxy", "--trusted-proxy=10.0.0.0/8", "--trusted-proxy=unix:",
                        "--trusted-proxy-headers=x-forwarded-for", "--peer=10.1.2.3",
                        "X-Forwarded-For: 6.6.6.6, 192.0.2.7", "X-Forwarded-Host: evil", NULL),
                  &out, NULL),
      0);
  assert_holds(out, "peer 10.1.2.3: trusted, trusted_proxy is 10.0.0.0/8 unix:\n");
  assert_holds(out, "  REMOTE_ADDR = 192.0.2.7  (was 10.1.2.3)\n");
  free(out);
  assert_int_equal(
      process_run(
          words("--explain-proxy", "--trusted-proxy=10.0.0.0/8", "--peer=10.1.2.3",
                "--trusted-proxy-headers=x-request-start traceparent",
                "X-Request-Start: t=1700000000", "X-Request-ID: theirs", "traceparent: 00-0", NULL),
          &out, NULL),
      0);
  assert_holds(out, "X-Request-Start: t=1700000000\n  taken\n");
  assert_holds(out,
               "X-Request-ID: theirs\n  passed over: trusted_proxy_headers has no x-request-id");
  assert_holds(out, "traceparent: 00-0\n  passed over: it cannot be read\n");
  assert_holds(out, "  HTTP_X_REQUEST_START = t=1700000000\n");
  free(out);
  assert_int_equal(
      process_run(words("--explain-proxy", "--peer=10.1.2.3", "--request-id-header=X-Request-ID",
                        "X-Request-ID: forged", NULL),
                  &out, NULL),
      0);
  assert_holds(out, "  HTTP_X_REQUEST_ID = (made for each request)\n");
  assert_holds(out, "  ws.request_id = (made for each request)\n");
  free(out);
  assert_int_equal(
      process_run(words("--explain-proxy", "--trusted-proxy=10.0.0.0/8", "--peer=10.1.2.3",
                        "--trusted-proxy-headers=x-request-id", "--request-id-header=X-Request-ID",
                        "X-Request-ID: theirs", NULL),
                  &out, NULL),
      0);
  assert_holds(out, "  HTTP_X_REQUEST_ID = theirs\n  ws.request_id = theirs\n");
  free(out);
  assert_fails(words("--explain-proxy", NULL), 2, "--explain-proxy needs --peer=ADDRESS");
  assert_fails(words("--explain-proxy", "--peer=me", NULL), 1, "peer must be ADDRESS");
}

static void test_command__the_second_signal_cuts(void** state) {
  (void)state;
  char* slow = format("%s/plugin.so:slow_app", PLUGINS);
  struct process process = process_start(words("--listen=127.0.0.1:0", slow, NULL));
  const int fd = client_connect(process_read_port(&process));
  client_send_text(fd, get);
  char* line = process_wait_for(&process, "in slow_app");
  assert_non_null(line);
  free(line);
  process_signal(&process, SIGTERM);
  usleep(50000);
  process_signal(&process, SIGTERM);
  struct response response = client_read(fd, 0);
  assert_int_equal(response.status, 0);
  response_free(&response);
  client_close(fd);
  char* err = NULL;
  assert_int_equal(process_finish(&process, NULL, &err), 0);
  assert_holds(err, "1 thread(s) still running the application");
  free(err);
  free(slow);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_command__explains_itself),
      cmocka_unit_test(test_command__mistakes_have_status_2),
      cmocka_unit_test(test_command__what_cannot_be_served_has_status_1),
      cmocka_unit_test(test_command__names_an_address_in_use),
      cmocka_unit_test(test_command__serves_until_it_is_told_to_stop),
      cmocka_unit_test(test_command__signals_change_nothing_while_it_ends),
      cmocka_unit_test(test_command__takes_the_descriptors_that_it_needs),
      cmocka_unit_test(test_command__listens_in_several_places),
      cmocka_unit_test(test_command__environ_is_json),
      cmocka_unit_test(test_command__options_have_several_forms),
      cmocka_unit_test(test_command__loads_apps_of_others),
      cmocka_unit_test(test_command__serves_ini_files),
      cmocka_unit_test(test_command__puts_filters_in_front),
      cmocka_unit_test(test_command__compresses),
      cmocka_unit_test(test_command__checks_and_exits),
      cmocka_unit_test(test_command__checks_all_of_a_file),
      cmocka_unit_test(test_command__says_one_thing_of_a_mistake),
      cmocka_unit_test(test_command__explains_proxies),
      cmocka_unit_test(test_command__the_second_signal_cuts),
  };
  return cmocka_run_group_tests_name("command", tests, NULL, NULL);
}
