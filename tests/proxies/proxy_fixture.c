/* Starting the examples, asking with curl, and reading what the app "environ" says. */
#define _GNU_SOURCE
#include "proxy_fixture.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/cmocka.h"
#include "support/network_nodes.h"
#include "support/own_network.h"

const char* const kNginx[] = {"/usr/sbin/nginx", "-g", "daemon off;", "-c", NULL};
const char* const kApache[] = {"/usr/sbin/apache2", "-DFOREGROUND", "-f", NULL};
const char* const kHaproxy[] = {"/usr/sbin/haproxy", "-db", "-f", NULL};
const char* const kCaddy[] = {"caddy", "run", "--adapter", "caddyfile", "--config", NULL};
const char* const kLighttpd[] = {"/usr/sbin/lighttpd", "-D", "-f", NULL};

const char* const kSpoofed[] = {"-HX-Forwarded-For: 6.6.6.6",
                                "-HX-Forwarded-Proto: gopher",
                                "-HX-Forwarded-Host: evil.example",
                                "-HX-Forwarded-Port: 666",
                                "-HX-Forwarded-Server: evil.example",
                                "-HX-Forwarded-Scheme: ftp",
                                "-HX-Forwarded-Prefix: /evil",
                                "-HX-Forwarded-By: 6.6.6.6",
                                "-HX_Forwarded_For: 6.6.6.6",
                                "-HX_Forwarded_Proto: gopher",
                                "-HForwarded: for=6.6.6.6;proto=gopher;host=evil.example",
                                "-HProxy: evil.example",
                                "-HX-Request-Start: t=666",
                                NULL};

int set_up_network(void** state) {
  (void)state;
  add_address(CLIENT_V4 "/32");
  add_address(CLIENT_V6 "/128");
  add_address(PROXY_V4 "/32");
  add_address(PROXY_V6 "/128");
  make_certificate();
  return 0;
}

/* The whole text of a file. */
static char* read_text(const char* path) {
  FILE* file = fopen(path, "r");
  if (file == NULL) {
    print_error("cannot open %s\n", path);
    fail();
  }
  char* text = calloc(1, 65536);
  assert_true(fread(text, 1, 65535, file) > 0);
  fclose(file);
  return text;
}

/* Where a file of the recipes is; one of the test's own has its whole path. */
static char* path_of(const char* file) {
  return *file == '/' ? format("%s", file) : format("%s/%s", EXAMPLES, file);
}

/* The comment's lines from "#   wserve" on, as long as they end with a backslash. */
char* command_in(const char* file) {
  char* path = path_of(file);
  char* text = read_text(path);
  char* next = strstr(text, "#   wserve ");
  assert_non_null(next);
  char* command = format("%s", "");
  int goes_on = 1;
  while (goes_on) {
    const size_t size = strcspn(next, "\n");
    goes_on = next[size - 1] == '\\';
    char* longer = format("%s%.*s", command, (int)size - 1 - goes_on, next + 1);
    free(command);
    command = longer;
    next += size + 1;
  }
  free(text);
  free(path);
  return command;
}

static struct process start_at(const char* node, const char* const* argv) {
  return node != NULL ? process_start_on(node, argv) : process_start(argv);
}

/* Takes "--NAME=VALUE" out of a command; VALUE may be quoted. */
static void take_out(char* command, const char* name, size_t size) {
  char* start = memmem(command, strlen(command), name, size);
  if (start == NULL) {
    return;
  }
  char quote = '\0';
  char* end = start;
  for (; *end != '\0' && (quote != '\0' || *end != ' '); ++end) {
    if (*end == '"' || *end == '\'') {
      quote = quote == '\0' ? *end : '\0';
    }
  }
  memmove(start, end, strlen(end) + 1);
}

/* Lists add up: an option goes in the place of the one that the command has. */
static char* overruled(const char* command, const char* options) {
  char* changed = format("%s", command);
  for (const char* at = options; (at = strstr(at, "--")) != NULL; at += strcspn(at, " ")) {
    take_out(changed, at, strcspn(at, "=") + 1);
  }
  return changed;
}

struct process app_start(const char* node, const char* command, const char* options,
                         const char* app) {
  char* changed = overruled(command, options);
  /* Options stand before the application, which is the last word. */
  const char* last = strrchr(changed, ' ');
  char* line = format("PATH=%s:$PATH exec %.*s %s %s", WSERVE_FOLDER, (int)(last - changed),
                      changed, options, app != NULL ? app : last);
  struct process process = start_at(node, (const char*[]){"sh", "-c", line, NULL});
  char* serving = process_wait_for(&process, "Serving on http://");
  if (serving == NULL) {
    char* err = NULL;
    process_finish(&process, NULL, &err);
    print_error("%s\n%s\n", line, err);
    fail();
  }
  free(serving);
  free(line);
  free(changed);
  return process;
}

struct process proxy_start(const char* node, const char* address, const struct recipe* recipe) {
  enum { MOST = 12 };
  const char* argv[MOST] = {0};
  char* path = path_of(recipe->file);
  int count = 0;
  for (; recipe->program[count] != NULL && count < MOST - 2; ++count) {
    argv[count] = recipe->program[count];
  }
  argv[count] = path;
  struct process process = start_at(node, argv);
  process_wait_for_port(&process, address, 80);
  free(path);
  return process;
}

struct site site_start(const struct recipe* recipe, const char* options, const char* app) {
  char* command = command_in(recipe->file);
  struct site site = {.app = app_start(NULL, command, options, app),
                      .proxy = proxy_start(NULL, "127.0.0.1", recipe)};
  free(command);
  return site;
}

void site_end(struct site* site) {
  process_end(&site->proxy);
  assert_int_equal(process_end(&site->app), 0);
}

/* Takes curl's output apart: head, body, and the line that --write-out has put behind them. */
static struct visit divide(char* out) {
  struct visit visit = {0};
  char* end = strrchr(out, '\n');
  char* body = strstr(out, "\r\n\r\n");
  assert_non_null(end);
  assert_non_null(body);
  assert_int_equal(sscanf(end, "\n%d %7s", &visit.response.status, visit.client_port), 2);
  visit.response.head = strndup(out, (size_t)(body - out));
  visit.response.body_size = (size_t)(end - body) - 4;
  visit.response.body = strndup(body + 4, visit.response.body_size);
  return visit;
}

struct visit visit_at(const char* place, const char* client, const char* url,
                      const char* const* arguments) {
  enum { MOST = 48 };
  char* where = format("example.com::%s", place);
  const char* argv[MOST] = {"curl",
                            "-isS",
                            "--max-time",
                            "20",
                            "--cacert",
                            "/etc/ssl/private/ca.pem",
                            "--interface",
                            client,
                            "--connect-to",
                            where,
                            "-w",
                            "\n%{http_code} %{local_port}",
                            url};
  int count = 13;
  for (; arguments != NULL && *arguments != NULL && count < MOST - 1; ++arguments) {
    argv[count++] = *arguments;
  }
  char* out = NULL;
  char* err = NULL;
  const int status = process_run(argv, &out, &err);
  if (status != 0) {
    print_error("curl %s exits with %d: %s%s\n", url, status, err, out);
    fail();
  }
  struct visit visit = divide(out);
  free(out);
  free(err);
  free(where);
  return visit;
}

struct visit visit(const char* client, const char* url, const char* const* arguments) {
  return visit_at(strchr(client, ':') != NULL ? "[" PROXY_V6 "]:" : PROXY_V4 ":", client, url,
                  arguments);
}

void visit_free(struct visit* visit) {
  response_free(&visit->response);
}

const char* told(const struct response* response, const char* key) {
  static char value[4096];
  char* needle = format("\"%s\": \"", key);
  const char* found = strstr(response->body, needle);
  if (found == NULL) {
    strcpy(value, "(absent)");
  } else {
    found += strlen(needle);
    snprintf(value, sizeof value, "%.*s", (int)strcspn(found, "\""), found);
  }
  free(needle);
  return value;
}

void assert_told_at(const struct response* response, const char* key, const char* expected,
                    const char* file, int line) {
  const char* got = told(response, key);
  if (strcmp(got, expected) != 0) {
    print_error("%s is \"%s\", not \"%s\"\n%s\n\n%s\n", key, got, expected, response->head,
                response->body);
    _fail(file, line);
  }
}

void assert_nothing_spoofed(const struct response* response) {
  static const char* const lies[] = {"6.6.6.6", "gopher", "evil", "\"666", ":666", "=666", "ftp"};
  for (size_t i = 0; i < sizeof lies / sizeof *lies; ++i) {
    if (strstr(response->body, lies[i]) != NULL) {
      print_error("the client's \"%s\" is believed:\n%s\n", lies[i], response->body);
      fail();
    }
  }
}
