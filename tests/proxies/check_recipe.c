/* What holds for each recipe. */
#include <stdlib.h>
#include <string.h>

#include "proxy_fixture.h"
#include "support/cmocka.h"

/* One way to ask, and what the application must be told then. */
struct approach {
  const char* client;
  const char* place; /* where example.com is; NULL for the proxy with the port in the URL */
  const char* url;
  const char* scheme;
  const char* port;
  const char* host;
};

/* The last ones reach the proxy on another port than it knows, as behind a published port of a
 * container. */
static const struct approach approaches[] = {
    {CLIENT_V4, NULL, "http://example.com", "http", "80", "example.com"},
    {CLIENT_V4, NULL, "https://example.com", "https", "443", "example.com"},
    {CLIENT_V6, NULL, "http://example.com", "http", "80", "example.com"},
    {CLIENT_V6, NULL, "https://example.com", "https", "443", "example.com"},
    {CLIENT_V4, PROXY_V4 ":80", "http://example.com:8000", "http", "8000", "example.com:8000"},
    {CLIENT_V6, "[" PROXY_V6 "]:443", "https://example.com:8443", "https", "8443",
     "example.com:8443"},
};

static struct visit ask(const struct approach* approach, const char* path,
                        const char* const* arguments) {
  char* url = format("%s%s", approach->url, path);
  struct visit answer = approach->place != NULL
                            ? visit_at(approach->place, approach->client, url, arguments)
                            : visit(approach->client, url, arguments);
  free(url);
  assert_int_equal(answer.response.status, 200);
  return answer;
}

static void assert_site(const struct recipe* recipe, const struct response* response,
                        const struct approach* approach) {
  assert_told(response, "ws.url_scheme", approach->scheme);
  assert_told(response, "SERVER_NAME", "example.com");
  if (recipe->passes_connections) { /* which have a port, and no Host */
    assert_told(response, "SERVER_PORT", strcmp(approach->scheme, "http") == 0 ? "80" : "443");
  } else {
    assert_told(response, "SERVER_PORT", approach->port);
  }
  assert_told(response, "HTTP_HOST", approach->host);
}

static void check_approach(const struct recipe* recipe, const struct approach* approach) {
  struct visit answer = ask(approach, "/foo/a%20b?q=1", kSpoofed);
  assert_site(recipe, &answer.response, approach);
  assert_told(&answer.response, "REMOTE_ADDR", approach->client);
  assert_told(&answer.response, "REMOTE_HOST", approach->client);
  if (recipe->tells_client_port) {
    assert_told(&answer.response, "REMOTE_PORT", answer.client_port);
  }
  assert_told(&answer.response, "SCRIPT_NAME", "");
  assert_told(&answer.response, "PATH_INFO", "/foo/a b");
  assert_told(&answer.response, "QUERY_STRING", "q=1");
  assert_nothing_spoofed(&answer.response);
  visit_free(&answer);
}

static void check_body(void) {
  struct visit answer = ask(&approaches[1], "/", (const char*[]){"--data-binary", "a body", NULL});
  assert_told(&answer.response, "REQUEST_METHOD", "POST");
  assert_told(&answer.response, "body", "a body");
  visit_free(&answer);
}

/* The proxy takes the prefix off the path, and says so. */
static void check_shop(const struct recipe* recipe) {
  struct visit answer = ask(&approaches[1], "/shop/a%20b?q=1", kSpoofed);
  assert_site(recipe, &answer.response, &approaches[1]);
  assert_told(&answer.response, "REMOTE_ADDR", approaches[1].client);
  assert_told(&answer.response, "SCRIPT_NAME", "/shop");
  assert_told(&answer.response, "PATH_INFO", "/a b");
  assert_told(&answer.response, "QUERY_STRING", "q=1");
  assert_nothing_spoofed(&answer.response);
  visit_free(&answer);
}

/* A client that gets through asks for example.com and is told as itself, whatever it writes. */
static void check_hostile_hosts(void) {
  static const char* const heads[] = {
      "GET http://example.com/ HTTP/1.1\r\nHost: evil.example\r\n",
      "GET http://example.com/ HTTP/1.1\r\nHost: a\",for=6.6.6.6;host=evil.example;x=\"\r\n",
      "GET / HTTP/1.1\r\nHost: example.com\",for=6.6.6.6;host=evil.example;x=\"\r\n",
      "GET / HTTP/1.1\r\nHost: example.com:80\",for=6.6.6.6\r\n",
      "GET / HTTP/1.1\r\nHost: example.com,evil.example\r\n",
      "GET / HTTP/1.1\r\nHost: example.com;host=evil.example\r\n",
      "GET http://evil.example/ HTTP/1.1\r\nHost: example.com\r\n",
  };
  for (size_t i = 0; i < sizeof heads / sizeof *heads; ++i) {
    char* request = format(
        "%sForwarded: for=6.6.6.6\r\nX-Forwarded-Host: evil.example\r\n"
        "Connection: close\r\n\r\n",
        heads[i]);
    char* answer = client_ask_raw(80, request);
    /* Some proxies answer for hosts that are not theirs. */
    if (strstr(answer, "{\"environ\"") != NULL) {
      const struct response response = {.head = answer, .body = answer};
      assert_told(&response, "REMOTE_ADDR", "127.0.0.1");
      assert_told(&response, "SERVER_NAME", "example.com");
      if (strstr(told(&response, "HTTP_HOST"), "evil") != NULL) {
        print_error("%s%s\n", request, answer);
        fail();
      }
    }
    free(answer);
    free(request);
  }
}

/* The proxy leaves the path alone, and the server is told where the application is. */
static void check_prefix(const struct recipe* recipe) {
  static const char* const ways[] = {"--url-prefix=/foo", "--filter='prefix: prefix=/foo'"};
  for (size_t i = 0; i < sizeof ways / sizeof *ways; ++i) {
    struct site site = site_start(recipe, ways[i], NULL);
    struct visit answer = ask(&approaches[1], "/foo/a%20b", kSpoofed);
    assert_site(recipe, &answer.response, &approaches[1]);
    assert_told(&answer.response, "REMOTE_ADDR", approaches[1].client);
    assert_told(&answer.response, "SCRIPT_NAME", "/foo");
    assert_told(&answer.response, "PATH_INFO", "/a b");
    assert_nothing_spoofed(&answer.response);
    visit_free(&answer);
    site_end(&site);
  }
}

/* A proxy that is not in the list is nobody: its fields go, and the application sees its address.
 */
static void check_without_trust(const struct recipe* recipe) {
  struct site site = site_start(recipe, "--trusted-proxy=192.0.2.0/24", NULL);
  struct visit answer = ask(&approaches[1], "/foo", kSpoofed);
  assert_told(&answer.response, "ws.url_scheme", "http");
  assert_told(&answer.response, "HTTP_X_FORWARDED_FOR", "(absent)");
  assert_told(&answer.response, "HTTP_X_FORWARDED_PROTO", "(absent)");
  assert_told(&answer.response, "HTTP_FORWARDED", "(absent)");
  assert_string_not_equal(told(&answer.response, "REMOTE_ADDR"), CLIENT_V4);
  assert_nothing_spoofed(&answer.response);
  visit_free(&answer);
  site_end(&site);
}

/* One that speaks the PROXY protocol is not even listened to. */
static void check_refused(const struct recipe* recipe) {
  struct site site = site_start(recipe, "--trusted-proxy=192.0.2.0/24", NULL);
  char* answer = client_ask_raw(80, "GET / HTTP/1.1\r\nHost: example.com\r\n\r\n");
  assert_string_equal(answer, "");
  free(answer);
  site_end(&site);
}

void check_recipe(const struct recipe* recipe) {
  struct site site = site_start(recipe, "", NULL);
  for (size_t i = 0; i < sizeof approaches / sizeof *approaches; ++i) {
    check_approach(recipe, &approaches[i]);
  }
  check_body();
  if (recipe->has_shop) {
    check_shop(recipe);
  }
  if (!recipe->passes_connections) {
    check_hostile_hosts();
  }
  site_end(&site);
  check_prefix(recipe);
  if (recipe->passes_connections) {
    check_refused(recipe);
  } else {
    check_without_trust(recipe);
  }
}
