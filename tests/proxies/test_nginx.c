/* Behind a real nginx: what the application learns about the client, with trust and without. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "proxy_fixture.h"
#include "support/cmocka.h"

/* The client says it is somebody else; nobody may believe it. */
static const char spoofed[] =
    "POST /foo/a%20b?q=1 HTTP/1.1\r\nHost: example.com\r\nX-Forwarded-For: 6.6.6.6\r\n"
    "X-Forwarded-Proto: gopher\r\nX-Forwarded-Host: evil.com\r\nX-Forwarded-Port: 666\r\n"
    "X-Forwarded-Server: evil.com\r\nX-Forwarded-Scheme: ftp\r\nX-Forwarded-Prefix: /evil\r\n"
    "Forwarded: for=6.6.6.6\r\nContent-Length: 4\r\n\r\nbody";

#define HEADERS "x-forwarded-for x-forwarded-host x-forwarded-port x-forwarded-proto"

static const char proxy_headers[] =
    "proxy_set_header Host $host;"
    "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;"
    "proxy_set_header X-Forwarded-Proto https;"
    "proxy_set_header X-Forwarded-Host $host;"
    "proxy_set_header X-Forwarded-Port 8443;";

static struct response ask_through_nginx(const char* upstream, const char* request) {
  char* folder = make_folder();
  const int port = free_port();
  char* servers = format("server { listen 127.0.0.1:%d; location / { proxy_pass http://%s; %s } }",
                         port, upstream, proxy_headers);
  struct process nginx = nginx_start(folder, servers, port);
  struct response response = client_ask(port, request);
  process_end(&nginx);
  remove_folder(folder);
  free(servers);
  free(folder);
  return response;
}

static struct response ask_tcp(const char* const* options) {
  struct backend backend = backend_start(options);
  char* upstream = format("127.0.0.1:%d", backend.port);
  struct response response = ask_through_nginx(upstream, spoofed);
  free(upstream);
  backend_end(&backend);
  assert_int_equal(response.status, 200);
  assert_told(&response, "REQUEST_METHOD", "POST");
  assert_told(&response, "QUERY_STRING", "q=1");
  assert_told(&response, "body", "body");
  assert_told(&response, "HTTP_X_FORWARDED_SERVER", "(absent)");
  assert_told(&response, "HTTP_X_FORWARDED_SCHEME", "(absent)");
  assert_told(&response, "HTTP_X_FORWARDED_PREFIX", "(absent)");
  assert_told(&response, "HTTP_FORWARDED", "(absent)");
  return response;
}

static void assert_believed(const struct response* response) {
  assert_told(response, "ws.url_scheme", "https");
  assert_told(response, "SERVER_NAME", "example.com");
  assert_told(response, "SERVER_PORT", "8443");
  assert_told(response, "HTTP_HOST", "example.com:8443");
  assert_told(response, "REMOTE_ADDR", "127.0.0.1");
  assert_told(response, "HTTP_X_FORWARDED_FOR", "127.0.0.1");
}

static void test_nginx__trusted(void** state) {
  (void)state;
  struct response response =
      ask_tcp((const char*[]){"--listen=127.0.0.1:0", "--trusted-proxy=127.0.0.0/8",
                              "--trusted-proxy-headers=" HEADERS, "--url-prefix=/foo", NULL});
  assert_believed(&response);
  assert_told(&response, "SCRIPT_NAME", "/foo");
  assert_told(&response, "PATH_INFO", "/a b");
  response_free(&response);
}

static void test_nginx__not_trusted(void** state) {
  (void)state;
  static const char* const trust[] = {"--threads=2", "--trusted-proxy=10.0.0.1"};
  for (int i = 0; i < 2; ++i) {
    struct response response = ask_tcp((const char*[]){"--listen=127.0.0.1:0", trust[i], NULL});
    assert_told(&response, "ws.url_scheme", "http");
    assert_told(&response, "SERVER_NAME", "wserve.invalid");
    assert_told(&response, "HTTP_HOST", "example.com");
    assert_told(&response, "REMOTE_ADDR", "127.0.0.1");
    assert_told(&response, "HTTP_X_FORWARDED_FOR", "(absent)");
    assert_told(&response, "HTTP_X_FORWARDED_PROTO", "(absent)");
    assert_told(&response, "SCRIPT_NAME", "");
    assert_told(&response, "PATH_INFO", "/foo/a b");
    response_free(&response);
  }
}

static void test_nginx__trusted_for_the_scheme_alone(void** state) {
  (void)state;
  struct response response =
      ask_tcp((const char*[]){"--listen=127.0.0.1:0", "--trusted-proxy=127.0.0.1", NULL});
  assert_told(&response, "ws.url_scheme", "https");
  assert_told(&response, "SERVER_PORT", "443");
  assert_told(&response, "HTTP_HOST", "example.com");
  assert_told(&response, "HTTP_X_FORWARDED_FOR", "(absent)");
  response_free(&response);
}

static void test_nginx__over_a_unix_socket(void** state) {
  (void)state;
  static const char* const trust[] = {"--trusted-proxy=unix:", "--trusted-proxy=10.0.0.0/8"};
  for (int i = 0; i < 2; ++i) {
    char* folder = make_folder();
    assert_int_equal(chmod(folder, 0755), 0); /* nginx's workers are another user */
    char* listen = format("--listen=unix:%s/sock?mode=0666", folder);
    char* upstream = format("unix:%s/sock", folder);
    struct backend backend =
        backend_start((const char*[]){listen, trust[i], "--trusted-proxy-headers=" HEADERS, NULL});
    struct response response = ask_through_nginx(upstream, spoofed);
    if (i == 0) {
      assert_believed(&response);
      assert_told(&response, "REMOTE_PORT", "");
    } else {
      assert_told(&response, "REMOTE_ADDR", "localhost");
      assert_told(&response, "SERVER_PORT", "80");
      assert_told(&response, "ws.url_scheme", "http");
    }
    response_free(&response);
    backend_end(&backend);
    remove_folder(folder);
    free(upstream);
    free(listen);
    free(folder);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_nginx__trusted),
      cmocka_unit_test(test_nginx__not_trusted),
      cmocka_unit_test(test_nginx__trusted_for_the_scheme_alone),
      cmocka_unit_test(test_nginx__over_a_unix_socket),
  };
  return cmocka_run_group_tests_name("proxies/nginx", tests, NULL, NULL);
}
