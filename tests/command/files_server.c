/* The wserve command that serves files, and how a test asks it. */
#include "files_server.h"

#include <stdlib.h>
#include <string.h>

#include "support/cmocka.h"

struct process files_start(const char* root, const char* word, const char* other_word, int* port) {
  char* setting = format("root=%s", root);
  const char* const argv[] = {WSERVE, "--listen=127.0.0.1:0", "files", setting, word, other_word,
                              NULL};
  struct process process = process_start(argv);
  *port = process_read_port(&process);
  free(setting);
  return process;
}

struct response files_ask(int port, const char* method, const char* path, const char* fields) {
  char* request = format("%s %s HTTP/1.1\r\nHost: a\r\n%s\r\n", method, path, fields);
  struct response response = client_ask(port, request);
  free(request);
  return response;
}

void assert_status(int port, const char* path, const char* fields, int status) {
  struct response response = files_ask(port, "GET", path, fields);
  if (response.status != status) {
    print_error("%s %s: %d, not %d\n", path, fields, response.status, status);
  }
  assert_int_equal(response.status, status);
  response_free(&response);
}

void assert_answer(int port, const char* path, const char* fields, int status, const char* body) {
  struct response response = files_ask(port, "GET", path, fields);
  if (response.status != status || strcmp(response.body, body) != 0) {
    print_error("%s %s: %d \"%s\"\n", path, fields, response.status, response.body);
  }
  assert_int_equal(response.status, status);
  assert_string_equal(response.body, body);
  response_free(&response);
}
