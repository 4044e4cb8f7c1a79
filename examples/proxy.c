/* A reverse proxy of one thread. Bodies stream both ways, no matter how long they are, and nobody
 * is waited for: the server takes its turns beside the transfers of libcurl, and a side that cannot
 * take more stops the other one.
 *
 *   proxy 127.0.0.1:8080 http://127.0.0.1:9000 */
#define _GNU_SOURCE
#include <curl/curl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "example.h"

/* A request and the transfer that answers it. */
struct exchange {
  ws_request* request;
  CURL* transfer;
  struct curl_slist* fields;
  int is_started; /* the answer */
  int is_paused;  /* the transfer, for one of the two sides */
  struct exchange* next;
};

static ws_server* server;
static const char* origin;
static CURLM* transfers;
static struct exchange* exchanges;
static unsigned exchange_count;

/* -- Fields -- */

/* RFC 9110 §7.6.1: of one connection, not of the message. Lengths are libcurl's and the server's.
 */
static int is_of_the_connection(const char* name, size_t size) {
  static const char* const names[] = {"Connection",
                                      "Keep-Alive",
                                      "Proxy-Authenticate",
                                      "Proxy-Authorization",
                                      "Proxy-Connection",
                                      "TE",
                                      "Trailer",
                                      "Transfer-Encoding",
                                      "Upgrade",
                                      "Expect",
                                      "Host"};
  for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
    if (strlen(names[i]) == size && strncasecmp(name, names[i], size) == 0) {
      return 1;
    }
  }
  return 0;
}

/* Takes the text. */
static void add_field(struct exchange* exchange, char* field) {
  struct curl_slist* longer = field != NULL ? curl_slist_append(exchange->fields, field) : NULL;
  exchange->fields = longer != NULL ? longer : exchange->fields;
  free(field);
}

static char* make_field(const char* name, const char* value) {
  char* field = NULL;
  const char* colon = *value != '\0' ? ": " : ";"; /* which is libcurl's word for no value */
  return asprintf(&field, "%s%s%s", name, colon, value) < 0 ? NULL : field;
}

/* HTTP_ACCEPT_LANGUAGE is Accept-Language again. */
static void add_fields_of_request(struct exchange* exchange) {
  const char* key = NULL;
  const char* value = NULL;
  for (size_t i = 0; ws_request_environ_at(exchange->request, i, &key, &value) == WS_OK; ++i) {
    char name[256];
    const size_t size = strlen(key) - (strncmp(key, "HTTP_", 5) == 0 ? 5 : 0);
    if (strcmp(key, "CONTENT_TYPE") != 0 && (size == strlen(key) || size >= sizeof name)) {
      continue;
    }
    for (size_t j = 0; j <= size; ++j) {
      const char c = key[strlen(key) - size + j];
      name[j] = (char)(c == '_' ? '-' : c);
    }
    if (!is_of_the_connection(name, size)) {
      add_field(exchange, make_field(name, value));
    }
  }
  add_field(exchange,
            make_field("X-Forwarded-For", ws_request_get(exchange->request, "REMOTE_ADDR")));
  add_field(exchange, make_field("Host", ws_request_get(exchange->request, "HTTP_HOST")));
  add_field(exchange, strdup("Expect:")); /* none: who waits for it is asked by the first read */
}

/* -- The two directions, as libcurl asks for them -- */

static size_t read_body(char* buffer, size_t one, size_t capacity, void* data) {
  struct exchange* exchange = data;
  size_t got = 0;
  const ws_status status = ws_request_read_some(exchange->request, buffer, one * capacity, 0, &got);
  if (status == WS_TIMEOUT) {
    exchange->is_paused = 1;
    return CURL_READFUNC_PAUSE;
  }
  return status == WS_OK ? got : CURL_READFUNC_ABORT;
}

static size_t write_body(char* bytes, size_t one, size_t size, void* data) {
  struct exchange* exchange = data;
  const ws_status status = ws_request_try_write(exchange->request, bytes, one * size);
  if (status == WS_TIMEOUT) {
    exchange->is_paused = 1;
    return CURL_WRITEFUNC_PAUSE;
  }
  return status == WS_OK ? one * size : 0; /* less than all is an end */
}

static void pass_field_on(struct exchange* exchange, char* line, char* colon) {
  *colon = '\0';
  char* value = colon + 1 + strspn(colon + 1, " \t");
  value[strcspn(value, "\r\n")] = '\0';
  if (!is_of_the_connection(line, strlen(line))) {
    ws_request_add_header(exchange->request, line, value);
  }
}

/* One line of a head; the first and the last are no fields. */
static size_t take_line(char* line, size_t one, size_t size, void* data) {
  struct exchange* exchange = data;
  long status = 0;
  curl_easy_getinfo(exchange->transfer, CURLINFO_RESPONSE_CODE, &status);
  if (status < 200 || exchange->is_started) {
    return one * size; /* an interim answer, or trailers */
  }
  char* text = strndup(line, one * size);
  if (text == NULL) {
    return 0;
  }
  char* colon = strchr(text, ':');
  if (*text == '\r' || *text == '\n') {
    exchange->is_started = ws_request_start(exchange->request, (int)status, NULL) == WS_OK;
  } else if (colon != NULL && strncmp(text, "HTTP/", 5) != 0) {
    pass_field_on(exchange, text, colon);
  }
  free(text);
  return one * size;
}

/* -- Their life -- */

static void set_up(struct exchange* exchange) {
  CURL* transfer = exchange->transfer;
  const char* method = ws_request_get(exchange->request, "REQUEST_METHOD");
  const char* query = ws_request_get(exchange->request, "QUERY_STRING");
  const int64_t size = ws_request_body_size(exchange->request);
  char* target = NULL;
  if (asprintf(&target, "%s%s%s", ws_request_get(exchange->request, "ws.raw_path_info"),
               *query != '\0' ? "?" : "", query) >= 0) {
    curl_easy_setopt(transfer, CURLOPT_REQUEST_TARGET, target);
    free(target);
  }
  curl_easy_setopt(transfer, CURLOPT_URL, origin);
  curl_easy_setopt(transfer, CURLOPT_PROXY, "");
  curl_easy_setopt(transfer, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
  curl_easy_setopt(transfer, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(transfer, CURLOPT_CONNECTTIMEOUT, 10L);
  if (strcmp(method, "HEAD") == 0) {
    curl_easy_setopt(transfer, CURLOPT_NOBODY, 1L);
  } else if (size != 0 || strcmp(method, "GET") != 0) {
    curl_easy_setopt(transfer, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(transfer, CURLOPT_INFILESIZE_LARGE, (curl_off_t)size); /* -1: chunked */
  }
  curl_easy_setopt(transfer, CURLOPT_CUSTOMREQUEST, method);
  curl_easy_setopt(transfer, CURLOPT_HTTPHEADER, exchange->fields);
  curl_easy_setopt(transfer, CURLOPT_READFUNCTION, read_body);
  curl_easy_setopt(transfer, CURLOPT_READDATA, exchange);
  curl_easy_setopt(transfer, CURLOPT_WRITEFUNCTION, write_body);
  curl_easy_setopt(transfer, CURLOPT_WRITEDATA, exchange);
  curl_easy_setopt(transfer, CURLOPT_HEADERFUNCTION, take_line);
  curl_easy_setopt(transfer, CURLOPT_HEADERDATA, exchange);
  curl_easy_setopt(transfer, CURLOPT_PRIVATE, exchange);
}

/* At the head already: the body need not be there for the origin to be asked. */
static ws_status at_head(ws_request* request, void* head_data) {
  (void)head_data;
  return ws_request_stream_body(request);
}

static ws_status forward(ws_request* request, void* app_data) {
  (void)app_data;
  struct exchange* exchange = calloc(1, sizeof *exchange);
  if (exchange == NULL || (exchange->transfer = curl_easy_init()) == NULL) {
    free(exchange);
    return WS_ENOMEM;
  }
  exchange->request = request;
  add_fields_of_request(exchange);
  set_up(exchange);
  exchange->next = exchanges;
  exchanges = exchange;
  ++exchange_count;
  curl_multi_add_handle(transfers, exchange->transfer);
  return ws_request_defer(request);
}

static void answer(struct exchange* exchange, CURLcode result) {
  static const char text[] = "the origin does not answer\n";
  if (result == CURLE_OK && exchange->is_started) {
    ws_request_end(exchange->request);
  } else if (exchange->is_started) {
    ws_request_fail(exchange->request, curl_easy_strerror(result)); /* cuts it */
  } else {
    ws_request_reply(exchange->request, 502, "text/plain", text, strlen(text));
  }
}

static void finish(struct exchange* exchange) {
  struct exchange** place = &exchanges;
  while (*place != exchange) {
    place = &(*place)->next;
  }
  *place = exchange->next;
  --exchange_count;
  curl_multi_remove_handle(transfers, exchange->transfer);
  curl_easy_cleanup(exchange->transfer);
  curl_slist_free_all(exchange->fields);
  ws_request_release(exchange->request);
  free(exchange);
}

static void finish_those_that_have_ended(void) {
  CURLMsg* message = NULL;
  int left = 0;
  while ((message = curl_multi_info_read(transfers, &left)) != NULL) {
    char* exchange = NULL;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &exchange);
    answer((struct exchange*)(void*)exchange, message->data.result);
    finish((struct exchange*)(void*)exchange);
  }
}

/* The client has sent more, has taken what waited, or has left. */
static void look_after(struct exchange* exchange) {
  const int gone = ws_request_gone(exchange->request);
  if (gone == WS_GONE_DISCONNECTED || gone == WS_GONE_TIME_UP) {
    finish(exchange);
  } else if (exchange->is_paused) {
    exchange->is_paused = 0;
    curl_easy_pause(exchange->transfer, CURLPAUSE_CONT);
  }
}

/* Waits for the server, for clients and for origins, and does what is ready. */
static ws_status turn(void) {
  struct curl_waitfd* ready = calloc(exchange_count + 1, sizeof *ready);
  if (ready == NULL) {
    return WS_ENOMEM;
  }
  unsigned count = 0;
  ready[count++] = (struct curl_waitfd){ws_server_fd(server), CURL_WAIT_POLLIN, 0};
  for (struct exchange* exchange = exchanges; exchange != NULL; exchange = exchange->next) {
    ready[count++] =
        (struct curl_waitfd){ws_request_event_fd(exchange->request), CURL_WAIT_POLLIN, 0};
  }
  curl_multi_poll(transfers, ready, count, 60 * 1000, NULL);
  count = 1;
  for (struct exchange *exchange = exchanges, *next = NULL; exchange != NULL; exchange = next) {
    next = exchange->next;
    if (ready[count++].revents != 0) {
      look_after(exchange);
    }
  }
  free(ready);
  const ws_status turned = ws_server_turn(server, 0);
  curl_multi_perform(transfers, &(int){0});
  finish_those_that_have_ended();
  return turned;
}

static void stop(int number) {
  (void)number;
  ws_server_stop(server);
}

int main(int argc, char** argv) {
  origin = argc > 2 ? argv[2] : "http://127.0.0.1:9000";
  curl_global_init(CURL_GLOBAL_DEFAULT);
  transfers = curl_multi_init();
  server = make_server(argc, argv);
  need(ws_server_set(server, "threads", "0"));
  need(ws_server_on_head(server, at_head, NULL));
  need(ws_server_set_app(server, forward, NULL));
  need(ws_server_turn(server, 0)); /* starts it */
  signal(SIGTERM, stop);
  announce(server);
  ws_status turned = WS_OK;
  while (turned == WS_OK) {
    turned = turn();
  }
  need(turned);
  while (exchanges != NULL) {
    finish(exchanges);
  }
  ws_server_free(server);
  curl_multi_cleanup(transfers);
  curl_global_cleanup();
  return 0;
}
