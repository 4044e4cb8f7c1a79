/* The examples of examples/proxies/, running in a network of their own, and clients in front of
 * them. A client is a curl with an address of its own, so that what the application is told about
 * it can be told apart from the proxy. */
#ifndef PROXY_FIXTURE_H
#define PROXY_FIXTURE_H

#include "support/client.h"
#include "support/process.h"

#define CLIENT_V4 "203.0.113.7"
#define CLIENT_V6 "2001:db8::7"
#define PROXY_V4 "198.51.100.1"
#define PROXY_V6 "2001:db8::1"

/* The addresses above and the certificate of example.com; a group setup for cmocka. */
int set_up_network(void** state);

/* A proxy that is started with a file of examples/proxies/, or with another one whose whole path is
 * given. */
struct recipe {
  const char* file;
  const char* const* program; /* words in front of the file's path, NULL at the end */
  int tells_client_port;      /* the application learns the client's port too */
  int has_shop;               /* and is mounted once more, below /shop */
  int passes_upgrades;        /* a client can switch to WebSockets */
  int passes_connections;     /* it reads no HTTP, and speaks the PROXY protocol */
};

extern const char* const kNginx[];
extern const char* const kApache[];
extern const char* const kHaproxy[];
extern const char* const kCaddy[];
extern const char* const kLighttpd[];

/* What a recipe needs, running. */
struct site {
  struct process app;
  struct process proxy;
};

/* Starts the wserve command that the comment in the file shows, with more options for it or "", in
 * the place of those that it has, and in place of its application `app` unless that is NULL; and
 * the proxy. */
struct site site_start(const struct recipe* recipe, const char* options, const char* app);
void site_end(struct site* site);

/* The two halves of it, here or on a node (NULL: here). `command` is for the shell and begins with
 * "wserve"; `address` is where the proxy can be reached. */
struct process app_start(const char* node, const char* command, const char* options,
                         const char* app);
struct process proxy_start(const char* node, const char* address, const struct recipe* recipe);
/* The wserve command that the comment in a file of examples/proxies/ shows; to be freed. */
char* command_in(const char* file);

/* What came back, and from which port the client had asked. */
struct visit {
  struct response response;
  char client_port[8];
};

/* Asks with curl, from that address. `place` is "ADDRESS:PORT" where example.com is looked for, or
 * "ADDRESS:" for the port in the URL. `arguments` are further words for curl, NULL at the end, or
 * NULL. */
struct visit visit_at(const char* place, const char* client, const char* url,
                      const char* const* arguments);
/* At the proxy's own address of the client's family. */
struct visit visit(const char* client, const char* url, const char* const* arguments);
void visit_free(struct visit* visit);

/* Arguments for curl: every field that a client could use to pass for somebody else. */
extern const char* const kSpoofed[];

/* What the app was told under a key, in the JSON that it answered: "(absent)" when it was not.
 * Valid until the next call. */
const char* told(const struct response* response, const char* key);

#define assert_told(response, key, expected) \
  assert_told_at((response), (key), (expected), __FILE__, __LINE__)
void assert_told_at(const struct response* response, const char* key, const char* expected,
                    const char* file, int line);

/* Nothing of kSpoofed is in the answer. */
void assert_nothing_spoofed(const struct response* response);

/* Everything that holds for each recipe: scheme, host, port, client and its port, with HTTP and
 * HTTPS, IPv4 and IPv6, spoofed fields, url_prefix, a body, and a proxy that is not trusted. */
void check_recipe(const struct recipe* recipe);

/* A client that asks for a WebSocket is answered by an application that does not know about it, and
 * gets its bytes through to one that does. */
void check_upgrade(const struct recipe* recipe);

#endif
