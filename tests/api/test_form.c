/* <wserve/form.h> and <wserve/resource.h>, asked by clients: parameters, cookies, uploads,
 * refusals, conditions, choices and files. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <wserve/wserve.h>

#include "fixture.h"
#include "support/client.h"
#include "support/cmocka.h"
#include "support/process.h"

/* -- What the applications under test say -- */

static ws_status say(ws_request* request, const char* text) {
  return ws_request_reply(request, 200, "text/plain", text, strlen(text));
}

static void add_pairs(const ws_form* form, char* text) {
  const char* name;
  const char* value;
  for (size_t i = 0; ws_form_at(form, i, &name, &value) == WS_OK; ++i) {
    sprintf(text + strlen(text), "%s=%s|", name, value);
  }
}

typedef ws_status (*ask_fn)(ws_request* request, const ws_form** form);

static ws_status tell_pairs(ws_request* request, ask_fn ask) {
  char text[1024] = "";
  const ws_form* form;
  const ws_form* again;
  const ws_status status = ask(request, &form);
  if (status != WS_OK) {
    assert_null(form);
    return ws_request_refuse(request, status);
  }
  assert_ok(ask(request, &again));
  assert_ptr_equal(form, again); /* read once */
  add_pairs(form, text);
  return say(request, text);
}

/* Changes what is read of a request, and reads it anew. */
static ws_status tell_changed(ws_request* request) {
  const ws_form* form;
  const ws_form* other;
  assert_ok(ws_request_query(request, &form));
  assert_ok(ws_request_set(request, "QUERY_STRING", "b=2"));
  assert_ok(ws_request_query(request, &other));
  assert_string_equal(ws_form_get(form, "a"), "1"); /* what was handed out stays */
  assert_null(ws_form_get(other, "a"));
  assert_string_equal(ws_form_get(other, "b"), "2");
  assert_int_equal(ws_form_count(other), 1);
  assert_status(ws_form_at(other, 1, NULL, NULL), WS_EUNKNOWN);
  return say(request, "changed");
}

static ws_status tell_limited(ws_request* request) {
  const ws_form* form;
  assert_ok(ws_request_limit_form(request, WS_LIMIT_PAIRS, 2));
  assert_status(ws_request_limit_form(request, 99, 2), WS_EUNKNOWN);
  assert_status(ws_request_limit_form(request, WS_LIMIT_PART_HEAD, 1048577), WS_EINVAL);
  assert_status(ws_request_query(request, &form), WS_ETOOBIG);
  assert_holds(ws_last_error(), "more than 2 parameters");
  assert_ok(ws_request_limit_form(request, WS_LIMIT_FORM, 4));
  return ws_request_refuse(request, ws_request_form(request, &form));
}

static ws_status tell(ws_request* request, void* data) {
  (void)data;
  const char* path = ws_request_get(request, "PATH_INFO");
  if (strcmp(path, "/query") == 0) {
    return tell_pairs(request, ws_request_query);
  }
  if (strcmp(path, "/form") == 0) {
    return tell_pairs(request, ws_request_form);
  }
  if (strcmp(path, "/cookies") == 0) {
    return tell_pairs(request, ws_request_cookies);
  }
  return strcmp(path, "/changed") == 0 ? tell_changed(request) : tell_limited(request);
}

static void expect(int port, const char* request, int status, const char* body) {
  struct response answer = client_ask(port, request);
  assert_int_equal(answer.status, status);
  assert_string_equal(answer.body, body);
  response_free(&answer);
}

static void expect_form(int port, const char* type, const char* body, int status,
                        const char* expected) {
  char* request =
      format("POST /form HTTP/1.1\r\nHost: a\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n%s",
             type, strlen(body), body);
  expect(port, request, status, expected);
  free(request);
}

static void ask_for_pairs(const char* const* options) {
  struct fixture f;
  fixture_make(&f, options);
  fixture_start(&f, tell, NULL);
  expect(f.port, "GET /query?a=1&b=%26+c&a HTTP/1.1\r\nHost: a\r\n\r\n", 200, "a=1|b=& c|a=|");
  expect(f.port, "GET /query HTTP/1.1\r\nHost: a\r\n\r\n", 200, "");
  expect(f.port, "GET /query?a=%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400, "Bad Request\n");
  expect(f.port, "GET /changed?a=1 HTTP/1.1\r\nHost: a\r\n\r\n", 200, "changed");
  expect(f.port, "GET /cookies HTTP/1.1\r\nHost: a\r\nCookie: a=1; b=\"2\"\r\nCookie: a=3\r\n\r\n",
         200, "a=1|b=2|a=3|");
  static const char type[] = "Application/X-WWW-form-urlencoded; charset=utf-8";
  expect_form(f.port, type, "a=1&b=%26+c", 200, "a=1|b=& c|");
  expect_form(f.port, type, "a=%0", 400, "Bad Request\n");
  expect_form(f.port, "text/plain", "", 200, "");
  expect_form(f.port, "text/plain", "a=1", 415, "Unsupported Media Type\n");
  expect(
      f.port,
      "POST /form HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
      "Content-Type: application/x-www-form-urlencoded\r\n\r\n3\r\na=%\r\n4\r\n41&b\r\n0\r\n\r\n",
      200, "a=A|b=|");
  expect(f.port,
         "POST /limited?a&b&c HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"
         "Content-Type: application/x-www-form-urlencoded\r\n\r\na=123",
         413, "Content Too Large\n");
  expect(f.port,
         "POST /limited?a&b&c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
         "Content-Type: application/x-www-form-urlencoded\r\n\r\n5\r\na=123\r\n0\r\n\r\n",
         413, "Content Too Large\n");
  assert_true(fixture_worst(&f) < WS_LOG_ERROR); /* no failure of ours */
  fixture_end(&f);
}

static void test_form__gives_pairs(void** state) {
  (void)state;
  ask_for_pairs(NULL);
}

static void test_form__gives_pairs_of_a_streamed_body(void** state) {
  (void)state;
  ask_for_pairs((const char*[]){"body_streaming", "yes", NULL});
}

static void test_form__refuses_null(void** state) {
  (void)state;
  char to[8];
  int64_t seconds;
  int fd;
  const ws_form* form;
  ws_multipart* parts;
  const char* text;
  assert_status(ws_request_query(NULL, &form), WS_EINVAL);
  assert_status(ws_request_form(NULL, &form), WS_EINVAL);
  assert_status(ws_request_cookies(NULL, &form), WS_EINVAL);
  assert_status(ws_request_multipart(NULL, &parts), WS_EINVAL);
  assert_status(ws_request_limit_form(NULL, WS_LIMIT_PAIRS, 1), WS_EINVAL);
  assert_status(ws_request_refuse(NULL, WS_EINVAL), WS_EINVAL);
  assert_status(ws_request_refuse(NULL, WS_EDISCONNECTED), WS_EDISCONNECTED);
  assert_status(ws_form_at(NULL, 0, NULL, NULL), WS_EINVAL);
  assert_int_equal(ws_form_count(NULL), 0);
  assert_null(ws_form_get(NULL, "a"));
  assert_status(ws_multipart_next(NULL), WS_EINVAL);
  assert_int_equal(ws_multipart_read(NULL, to, sizeof to), WS_EINVAL);
  assert_status(ws_multipart_text(NULL, &text), WS_EINVAL);
  assert_null(ws_multipart_name(NULL));
  assert_null(ws_multipart_filename(NULL));
  assert_null(ws_multipart_safe_name(NULL));
  assert_null(ws_multipart_field(NULL, "a"));
  assert_status(ws_percent_decode(NULL, 1, to, sizeof to, NULL, 0), WS_EINVAL);
  assert_status(ws_date_write(0, NULL, 30), WS_EINVAL);
  assert_status(ws_date_read(NULL, &seconds), WS_EINVAL);
  assert_int_equal(ws_request_precondition(NULL, "", 0), 0);
  assert_int_equal(ws_accept_choose(WS_ACCEPT_TYPE, NULL, NULL, 0), -1);
  assert_status(ws_file_open(-1, NULL, &fd), WS_EINVAL);
  assert_status(ws_request_reply_file(NULL, 0, NULL), WS_EINVAL);
}

static void test_form__decodes(void** state) {
  (void)state;
  char to[8];
  size_t size = 9;
  assert_ok(ws_percent_decode("a%2F+", 5, to, sizeof to, &size, 0));
  assert_string_equal(to, "a/+");
  assert_int_equal(size, 3);
  assert_ok(ws_percent_decode("a%2F+", 5, to, 4, NULL, WS_DECODE_PLUS));
  assert_string_equal(to, "a/ ");
  assert_status(ws_percent_decode("a%2F+", 5, to, 3, &size, 0), WS_ETOOBIG);
  assert_string_equal(to, "");
  assert_int_equal(size, 0);
  assert_status(ws_percent_decode("", 0, to, 0, NULL, 0), WS_ETOOBIG);
  assert_ok(ws_percent_decode(NULL, 0, to, 1, NULL, 0));
  assert_status(ws_percent_decode("%2", 2, to, sizeof to, NULL, 0), WS_EINVAL);
  assert_status(ws_percent_decode("%00", 3, to, sizeof to, NULL, 0), WS_EINVAL);
  assert_ok(ws_percent_decode("%00a", 4, to, sizeof to, &size, WS_DECODE_NUL));
  assert_int_equal(size, 2);
  assert_memory_equal(to, "\0a", 3);
}

/* -- Uploads -- */

/* "name[filename/safe name](type)size:sum|" for files, "name=text|" for texts. */
static ws_status tell_part(ws_multipart* parts, char* text) {
  char piece[777];
  int64_t got;
  uint64_t size = 0;
  unsigned sum = 0;
  const char* value;
  const char* type = ws_multipart_field(parts, "content-type");
  text += strlen(text);
  if (ws_multipart_filename(parts) == NULL) {
    assert_null(ws_multipart_safe_name(parts));
    const ws_status status = ws_multipart_text(parts, &value);
    sprintf(text, "%s=%s|", ws_multipart_name(parts), status == WS_OK ? value : "");
    return status;
  }
  sprintf(text, "%s[%s/%s](%s)", ws_multipart_name(parts), ws_multipart_filename(parts),
          ws_multipart_safe_name(parts), type != NULL ? type : "");
  while ((got = ws_multipart_read(parts, piece, sizeof piece)) > 0) {
    size += (uint64_t)got;
    for (int64_t i = 0; i < got; ++i) {
      sum = sum * 31 + (unsigned char)piece[i];
    }
  }
  sprintf(text + strlen(text), "%llu:%x|", (unsigned long long)size, sum);
  return got < 0 ? (ws_status)got : WS_OK;
}

static ws_status tell_parts(ws_request* request, void* data) {
  char text[4096] = "";
  ws_multipart* parts;
  ws_multipart* same;
  char byte;
  (void)data;
  ws_status status = ws_request_multipart(request, &parts);
  if (status != WS_OK) {
    return ws_request_refuse(request, status);
  }
  assert_ok(ws_request_multipart(request, &same));
  assert_ptr_equal(parts, same);
  assert_null(ws_multipart_name(parts));
  assert_int_equal(ws_multipart_read(parts, &byte, 1), WS_ESTATE);
  size_t got;
  assert_int_equal(ws_request_read(request, &byte, 1), WS_ESTATE);
  assert_status(ws_request_read_some(request, &byte, 1, 0, &got), WS_ESTATE);
  assert_status(ws_request_rewind(request), WS_ESTATE);
  assert_int_equal(ws_multipart_read(parts, NULL, 0), WS_EINVAL);
  while ((status = ws_multipart_next(parts)) == WS_OK) {
    if ((status = tell_part(parts, text)) != WS_OK) {
      return ws_request_refuse(request, status);
    }
  }
  assert_null(ws_multipart_name(parts));
  return status == WS_EUNKNOWN ? say(request, text) : ws_request_refuse(request, status);
}

static char* run_curl(const char* const* arguments) {
  char* out = NULL;
  const char* command[32] = {"curl", "-sS", "--noproxy", "*", "-m", "60"};
  size_t count = 6;
  while (*arguments != NULL) {
    command[count++] = *arguments++;
  }
  command[count] = NULL;
  assert_int_equal(process_run(command, &out, NULL), 0);
  return out;
}

static char* make_file(const char* folder, const char* name, size_t size, unsigned* sum) {
  char* path = format("%s/%s", folder, name);
  FILE* file = fopen(path, "w");
  assert_non_null(file);
  *sum = 0;
  for (size_t i = 0; i < size; ++i) {
    const unsigned char byte = (unsigned char)("\r\n-"[i % 3] + (i % 1021 == 0));
    fputc(byte, file);
    *sum = *sum * 31 + byte;
  }
  assert_int_equal(fclose(file), 0);
  return path;
}

enum { BIG = 20 * 1000 * 1000 };

static void upload_with_curl(const char* const* options) {
  struct fixture f;
  char* folder = make_folder();
  unsigned sum;
  unsigned small_sum;
  char* big = make_file(folder, "big.bin", BIG, &sum);
  char* small = make_file(folder, "a \"b\".txt", 10, &small_sum);
  fixture_make(&f, options);
  fixture_start(&f, tell_parts, NULL);
  char* url = format("http://127.0.0.1:%d/", f.port);
  char* big_field = format("file=@%s", big);
  char* small_field =
      format("two=@\"%s/a \\\"b\\\".txt\";type=text/plain;filename=../../x.txt", folder);
  char* out = run_curl((const char*[]){"-F", "text=gr\xc3\xbc\xc3\x9f", "-F", big_field, "-F",
                                       small_field, "-F", "empty=", url, NULL});
  char* expected = format(
      "text=gr\xc3\xbc\xc3\x9f|file[big.bin/big.bin](application/octet-stream)%d:%x|"
      "two[../../x.txt/x.txt](text/plain)10:%x|empty=|",
      BIG, sum, small_sum);
  assert_string_equal(out, expected);
  free(out);
  out = run_curl((const char*[]){"-F", big_field, "-H", "Transfer-Encoding: chunked", "-H",
                                 "Expect:", url, NULL});
  free(expected);
  expected = format("file[big.bin/big.bin](application/octet-stream)%d:%x|", BIG, sum);
  assert_string_equal(out, expected);
  free(out);
  free(expected);
  fixture_end(&f);
  remove_folder(folder);
  free(folder);
  free(big);
  free(small);
  free(url);
  free(big_field);
  free(small_field);
}

static void test_multipart__takes_what_curl_sends(void** state) {
  (void)state;
  upload_with_curl(NULL);
}

static void test_multipart__takes_it_while_it_comes(void** state) {
  (void)state;
  upload_with_curl((const char*[]){"body_streaming", "yes", "body_window", "16384", NULL});
}

static void expect_upload(int port, const char* type, const char* body, int status,
                          const char* expected) {
  char* request =
      format("POST / HTTP/1.1\r\nHost: a\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n%s",
             type, strlen(body), body);
  expect(port, request, status, expected);
  free(request);
}

static void test_multipart__refuses_what_is_none(void** state) {
  (void)state;
  struct fixture f;
  static const char type[] = "multipart/form-data; boundary=b";
  static const char bad[] = "Bad Request\n";
  fixture_make(&f, NULL);
  fixture_start(&f, tell_parts, NULL);
  expect_upload(f.port, "text/plain", "--b--", 415, "Unsupported Media Type\n");
  expect_upload(f.port, "multipart/form-data", "--b--", 400, bad);
  expect_upload(f.port, type, "", 400, bad);
  expect_upload(f.port, type, "--b--", 200, "");
  expect_upload(f.port, type, "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n1", 400, bad);
  expect_upload(f.port, type, "--b\nContent-Disposition: form-data; name=a\n\n1\n--b--", 400, bad);
  static const char part[] = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n";
  char* many = calloc(1000, sizeof part);
  for (size_t i = 0; i < 1000; ++i) {
    memcpy(many + i * (sizeof part - 1), part, sizeof part - 1);
  }
  char* ended = format("%s--b\r\nX: y\r\n\r\n\r\n--b--", many);
  expect_upload(f.port, type, ended, 413, "Content Too Large\n");
  free(ended);
  free(many);
  char* long_text = malloc(1048577 + 100);
  size_t size = (size_t)sprintf(long_text, "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n");
  memset(long_text + size, 'x', 1048577);
  strcpy(long_text + size + 1048577, "\r\n--b--");
  expect_upload(f.port, type, long_text, 413, "Content Too Large\n");
  free(long_text);
  assert_true(fixture_worst(&f) < WS_LOG_ERROR);
  fixture_end(&f);
}

static _Atomic int last_status;
static _Atomic int has_begun;

static void wait_for(_Atomic int* number) {
  for (int i = 0; i < 10000 && *number == 0; ++i) {
    usleep(1000);
  }
}

static ws_status read_parts(ws_request* request, void* data) {
  ws_multipart* parts;
  char byte;
  (void)data;
  assert_ok(ws_request_multipart(request, &parts));
  assert_ok(ws_multipart_next(parts));
  assert_int_equal(ws_multipart_read(parts, &byte, 1), 1);
  has_begun = 1;
  last_status = ws_multipart_next(parts);
  assert_int_equal(ws_multipart_read(parts, &byte, 1), last_status);
  return ws_request_refuse(request, (ws_status)last_status);
}

/* The client leaves in the middle: that is no form, and no failure of ours. */
static void test_multipart__ends_with_its_client(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, (const char*[]){"body_streaming", "yes", NULL});
  fixture_start(&f, read_parts, NULL);
  const int fd = client_connect(f.port);
  client_send_text(fd,
                   "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=b\r\n"
                   "Content-Length: 1000\r\n\r\n--b\r\n"
                   "Content-Disposition: form-data; name=a\r\n\r\n1");
  wait_for(&has_begun);
  client_close(fd);
  wait_for(&last_status);
  assert_int_equal(last_status, WS_EDISCONNECTED);
  assert_true(fixture_worst(&f) < WS_LOG_ERROR);
  fixture_end(&f);
}

/* -- Dates, conditions, choices -- */

static void test_resource__dates(void** state) {
  (void)state;
  char text[WS_DATE_SIZE];
  int64_t seconds = 0;
  assert_ok(ws_date_write(784111777, text, sizeof text));
  assert_string_equal(text, "Sun, 06 Nov 1994 08:49:37 GMT");
  assert_status(ws_date_write(0, text, sizeof text - 1), WS_ETOOBIG);
  assert_status(ws_date_write(INT64_MAX, text, sizeof text), WS_EINVAL);
  static const char* const forms[] = {"Sun, 06 Nov 1994 08:49:37 GMT",
                                      "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"};
  for (int i = 0; i < 3; ++i) {
    assert_ok(ws_date_read(forms[i], &seconds));
    assert_int_equal(seconds, 784111777);
  }
  static const char* const others[] = {"",
                                       "now",
                                       "Sun, 06 Nov 1994 08:49:37 CET",
                                       "Sun, 31 Feb 1994 08:49:37 GMT",
                                       "Sun, 06 Nov 99999 08:49:37 GMT",
                                       "784111777"};
  for (int i = 0; i < 6; ++i) {
    assert_status(ws_date_read(others[i], &seconds), WS_EINVAL);
    assert_true(seconds == WS_NO_TIME);
  }
}

static void test_resource__choices(void** state) {
  (void)state;
  static const char* const types[] = {"text/html", "application/json"};
  static const char* const codings[] = {"gzip", "identity"};
  assert_int_equal(ws_accept_choose(WS_ACCEPT_TYPE, "application/json, */*;q=0.1", types, 2), 1);
  assert_int_equal(ws_accept_choose(WS_ACCEPT_TYPE, "image/png", types, 2), -1);
  assert_int_equal(ws_accept_choose(WS_ACCEPT_ENCODING, NULL, codings, 2), 1);
  assert_int_equal(ws_accept_choose(WS_ACCEPT_ENCODING, "gzip", codings, 2), 0);
  assert_int_equal(ws_accept_choose(WS_ACCEPT_LANGUAGE, "de", (const char*[]){"en", "de-AT"}, 2),
                   1);
  assert_int_equal(ws_accept_choose(9, "de", codings, 2), -1);
}

static ws_status tell_condition(ws_request* request, void* data) {
  char text[64];
  (void)data;
  snprintf(text, sizeof text, "%d %d %d", ws_request_precondition(request, "\"v1\"", 784111777),
           ws_request_precondition(request, NULL, WS_NO_TIME),
           ws_request_is_fresh(request, "\"v1\"", 784111777));
  return say(request, text);
}

static void test_resource__conditions(void** state) {
  (void)state;
  struct fixture f;
  fixture_make(&f, NULL);
  fixture_start(&f, tell_condition, NULL);
  expect(f.port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 200, "0 0 0");
  expect(f.port, "GET / HTTP/1.1\r\nHost: a\r\nIf-None-Match: \"x\", W/\"v1\"\r\n\r\n", 200,
         "304 0 1");
  expect(f.port, "PUT / HTTP/1.1\r\nHost: a\r\nIf-None-Match: *\r\nContent-Length: 0\r\n\r\n", 200,
         "412 0 0");
  expect(f.port, "PUT / HTTP/1.1\r\nHost: a\r\nIf-Match: \"v1\"\r\nContent-Length: 0\r\n\r\n", 200,
         "0 412 0");
  expect(f.port, "GET / HTTP/1.1\r\nHost: a\r\nIf-Modified-Since: Sun Nov  6 08:49:37 1994\r\n\r\n",
         200, "304 0 1");
  fixture_end(&f);
}

/* -- Files -- */

static char* file_folder;
static const char outside[] = "../outside";

static void test_file__folder_is_made(void** state) {
  (void)state;
  file_folder = make_folder();
  assert_int_equal(chdir(file_folder), 0);
  assert_int_equal(mkdir("in", 0700), 0);
  assert_int_equal(mkdir("in/dir", 0700), 0);
  write_file("in/dir/a.txt", "0123456789");
  write_file("outside", "secret");
  assert_int_equal(symlink(outside, "in/link"), 0);
  assert_int_equal(symlink("..", "in/up"), 0);
  assert_int_equal(mkfifo("in/pipe", 0600), 0);
}

static void test_file__folder_is_removed(void** state) {
  (void)state;
  assert_int_equal(chdir("/"), 0);
  remove_folder(file_folder);
  free(file_folder);
}

static void assert_not_opened(int folder, const char* path, int error) {
  int fd = 7;
  errno = 0;
  assert_status(ws_file_open(folder, path, &fd), WS_EUNKNOWN);
  assert_int_equal(errno, error);
  assert_int_equal(fd, -1);
}

static void test_file__is_opened_below_its_folder(void** state) {
  (void)state;
  const int folder = open("in", O_PATH | O_DIRECTORY);
  int fd;
  char text[11] = "";
  static const char* const good[] = {"dir/a.txt", "/dir/a.txt", "//dir///a.txt"};
  for (int i = 0; i < 3; ++i) {
    assert_ok(ws_file_open(folder, good[i], &fd));
    assert_int_equal(read(fd, text, 10), 10);
    assert_string_equal(text, "0123456789");
    assert_int_not_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
    close(fd);
  }
  static const char* const hostile[] = {outside,       "dir/../../outside", "..",   ".",
                                        "./dir/a.txt", "dir/../dir/a.txt",  "none", "pipe",
                                        "dir/none"};
  for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; ++i) {
    assert_not_opened(folder, hostile[i], ENOENT);
  }
  assert_not_opened(folder, "link", ENOENT);
  assert_not_opened(folder, "up/outside", ENOTDIR);
  assert_not_opened(folder, "dir/a.txt/x", ENOTDIR);
  assert_not_opened(folder, "", EISDIR);
  assert_not_opened(folder, "dir", EISDIR);
  assert_not_opened(folder, "dir/", EISDIR);
  assert_not_opened(folder, "dir/a.txt/", ENOTDIR);
  char name[400];
  memset(name, 'x', sizeof name - 1);
  name[sizeof name - 1] = '\0';
  assert_not_opened(folder, name, ENAMETOOLONG);
  close(folder);
  assert_status(ws_file_open(folder, "dir/a.txt", &fd), WS_ESYSTEM);
}

static ws_status send_file(ws_request* request, void* data) {
  const int fd = *(const int*)data;
  if (strcmp(ws_request_get(request, "PATH_INFO"), "/tagged") == 0) {
    assert_ok(ws_request_add_header(request, "ETag", "\"mine\""));
    assert_ok(ws_request_add_header(request, "Cache-Control", "no-cache"));
  }
  if (strcmp(ws_request_get(request, "PATH_INFO"), "/folder") == 0) {
    assert_status(ws_request_reply_file(request, -1, NULL), WS_EINVAL);
    const int folder = open("in", O_RDONLY | O_DIRECTORY);
    assert_status(ws_request_reply_file(request, folder, NULL), WS_EINVAL);
    close(folder);
    const int zero = open("/dev/zero", O_RDONLY);
    assert_status(ws_request_reply_file(request, zero, NULL), WS_EINVAL);
    close(zero);
    return say(request, "none"); /* nothing was begun */
  }
  assert_ok(ws_request_reply_file(request, fd, NULL));
  assert_status(ws_request_reply_file(request, fd, NULL), WS_ESTATE);
  return WS_OK;
}

static void test_file__is_an_answer(void** state) {
  (void)state;
  struct fixture f;
  int fd = open("in/dir/a.txt", O_RDONLY);
  fixture_make(&f, NULL);
  fixture_start(&f, send_file, &fd);
  struct response answer = client_ask(f.port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  assert_int_equal(answer.status, 200);
  assert_string_equal(answer.body, "0123456789");
  assert_string_equal(response_field(&answer, "Content-Type"), "application/octet-stream");
  char* conditional = format("GET / HTTP/1.1\r\nHost: a\r\nIf-None-Match: %s\r\n\r\n",
                             response_field(&answer, "ETag"));
  assert_non_null(response_field(&answer, "Last-Modified"));
  response_free(&answer);
  expect(f.port, conditional, 304, "");
  free(conditional);
  expect(f.port, "GET / HTTP/1.1\r\nHost: a\r\nRange: bytes=-3\r\n\r\n", 206, "789");
  expect(f.port, "GET / HTTP/1.1\r\nHost: a\r\nRange: bytes=10-\r\n\r\n", 416,
         "Range Not Satisfiable\n");
  expect(f.port, "GET / HTTP/1.1\r\nHost: a\r\nIf-Match: \"x\"\r\n\r\n", 412,
         "Precondition Failed\n");
  expect(f.port, "POST / HTTP/1.1\r\nHost: a\r\nIf-Match: \"x\"\r\nContent-Length: 0\r\n\r\n", 200,
         "0123456789");
  expect(f.port, "GET /tagged HTTP/1.1\r\nHost: a\r\nIf-None-Match: \"mine\"\r\n\r\n", 304, "");
  expect(f.port, "GET /folder HTTP/1.1\r\nHost: a\r\n\r\n", 200, "none");
  answer = client_ask(f.port, "GET /tagged HTTP/1.1\r\nHost: a\r\n\r\n");
  assert_string_equal(response_field(&answer, "ETag"), "\"mine\"");
  assert_string_equal(response_field(&answer, "Cache-Control"), "no-cache");
  response_free(&answer);
  fixture_end(&f);
  close(fd);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_form__gives_pairs),
      cmocka_unit_test(test_form__gives_pairs_of_a_streamed_body),
      cmocka_unit_test(test_form__refuses_null),
      cmocka_unit_test(test_form__decodes),
      cmocka_unit_test(test_multipart__takes_what_curl_sends),
      cmocka_unit_test(test_multipart__takes_it_while_it_comes),
      cmocka_unit_test(test_multipart__refuses_what_is_none),
      cmocka_unit_test(test_multipart__ends_with_its_client),
      cmocka_unit_test(test_resource__dates),
      cmocka_unit_test(test_resource__choices),
      cmocka_unit_test(test_resource__conditions),
      cmocka_unit_test(test_file__folder_is_made),
      cmocka_unit_test(test_file__is_opened_below_its_folder),
      cmocka_unit_test(test_file__is_an_answer),
      cmocka_unit_test(test_file__folder_is_removed),
      cmocka_unit_test(test_fixture__no_thread_is_left),
  };
  return cmocka_run_group_tests_name("api/form", tests, NULL, NULL);
}
