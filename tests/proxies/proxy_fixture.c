/* Starting backends and proxies, and reading what the app "environ" says. */
#define _GNU_SOURCE
#include "proxy_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/cmocka.h"

struct backend backend_start(const char* const* options) {
  enum { MOST = 24 };
  const char* argv[MOST] = {WSERVE};
  int count = 1;
  for (; *options != NULL && count < MOST - 2; ++options) {
    argv[count++] = *options;
  }
  argv[count++] = "environ";
  argv[count] = NULL;
  struct backend backend = {.process = process_start(argv)};
  char* line = process_wait_for(&backend.process, "Serving on http://");
  assert_non_null(line);
  backend.port = strstr(line, "unix:") != NULL ? 0 : atoi(strrchr(line, ':') + 1);
  free(line);
  return backend;
}

void backend_end(struct backend* backend) {
  assert_int_equal(process_end(&backend->process), 0);
}

struct process nginx_start(const char* folder, const char* servers, int port) {
  char* path = format("%s/nginx.conf", folder);
  /* Relative paths lie in the folder. */
  char* text = format(
      "daemon off; pid pid; error_log error.log; worker_processes 1;\n"
      "events {}\n"
      "http { access_log off; client_body_temp_path body; proxy_temp_path proxy;\n"
      "fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;\n"
      "%s }\n",
      servers);
  write_file(path, text);
  struct process nginx = process_start(
      (const char*[]){"/usr/sbin/nginx", "-p", folder, "-c", path, "-e", "stderr", NULL});
  wait_for_port(port);
  free(text);
  free(path);
  return nginx;
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
    print_error("%s is \"%s\", not \"%s\"\n%s\n", key, got, expected, response->body);
    _fail(file, line);
  }
}
