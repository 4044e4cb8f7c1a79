/* An upload that is read while it comes. What is too much is refused before any of it was sent, and
 * the rest goes to two consumers, a sum and a file, piece by piece: no more than body_window bytes
 * are ever in memory.
 *
 *   curl -T some_file http://127.0.0.1:8080/ */
#define _POSIX_C_SOURCE 200809L
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "example.h"

enum { PIECE = 64 * 1024 };
static const uint64_t most = UINT64_C(10) << 30;

/* On the thread of the event loop: the head is there, the body is not. */
static ws_status at_head(ws_request* request, void* head_data) {
  const int64_t announced = ws_request_body_size(request);
  (void)head_data;
  if (announced > 0 && (uint64_t)announced > most) {
    static const char text[] = "too much\n";
    return ws_request_reply(request, 413, "text/plain", text, sizeof text - 1);
  }
  const ws_status limited = ws_request_limit_body(request, most);
  return limited == WS_OK ? ws_request_stream_body(request) : limited;
}

/* FNV-1a */
static uint64_t add_to_sum(uint64_t sum, const char* bytes, size_t size) {
  for (size_t i = 0; i < size; ++i) {
    sum = (sum ^ (unsigned char)bytes[i]) * UINT64_C(1099511628211);
  }
  return sum;
}

static ws_status receive(ws_request* request, FILE* kept, uint64_t* size, uint64_t* sum) {
  char piece[PIECE];
  int64_t got = 0;
  while ((got = ws_request_read(request, piece, sizeof piece)) > 0) {
    if (fwrite(piece, 1, (size_t)got, kept) != (size_t)got) {
      return WS_ESYSTEM;
    }
    *size += (uint64_t)got;
    *sum = add_to_sum(*sum, piece, (size_t)got);
    printf("%" PRIu64 " bytes\n", *size);
    fflush(stdout);
  }
  return (ws_status)got; /* WS_OK, or WS_EDISCONNECTED: it will not become whole */
}

static ws_status upload(ws_request* request, void* app_data) {
  uint64_t size = 0;
  uint64_t sum = UINT64_C(14695981039346656037);
  (void)app_data;
  FILE* kept = tmpfile();
  if (kept == NULL) {
    return WS_ESYSTEM;
  }
  const ws_status received = receive(request, kept, &size, &sum);
  fclose(kept);
  if (received != WS_OK) {
    return received;
  }
  char text[64];
  const int length =
      snprintf(text, sizeof text, "%" PRIu64 " bytes, sum %016" PRIx64 "\n", size, sum);
  return ws_request_reply(request, 200, "text/plain", text, (size_t)length);
}

int main(int argc, char** argv) {
  ws_server* server = make_server(argc, argv);
  need(ws_server_set(server, "max_request_body_size", "1099511627776"));
  need(ws_server_on_head(server, at_head, NULL));
  need(ws_server_set_app(server, upload, NULL));
  need(ws_server_listen(server));
  announce(server);
  need(ws_server_run(server));
  ws_server_free(server);
  return 0;
}
