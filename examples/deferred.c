/* Answers later, and from another thread: the application only notes the request; a timer thread
 * answers all that have gathered, ten times a second. No thread of the server's waits meanwhile. */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "example.h"

enum { MOST = 1024 };

static struct {
  pthread_mutex_t mutex;
  ws_request* waiting[MOST];
  int count;
} room = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static ws_status note(ws_request* request, void* app_data) {
  (void)app_data;
  ws_status status = WS_OK;
  pthread_mutex_lock(&room.mutex);
  if (room.count == MOST) {
    status = ws_request_reply(request, 503, "text/plain", "too many\n", 9);
  } else {
    status = ws_request_defer(request); /* ours from here on */
    room.waiting[room.count++] = request;
  }
  pthread_mutex_unlock(&room.mutex);
  return status;
}

static void* answer_all(void* unused) {
  const struct timespec pause = {.tv_nsec = 100 * 1000 * 1000};
  static const char text[] = "worth the wait\n";
  (void)unused;
  for (;;) {
    nanosleep(&pause, NULL);
    pthread_mutex_lock(&room.mutex);
    for (int i = 0; i < room.count; ++i) {
      ws_request_reply(room.waiting[i], 200, "text/plain", text, strlen(text));
      ws_request_release(room.waiting[i]);
    }
    room.count = 0;
    pthread_mutex_unlock(&room.mutex);
  }
  return NULL;
}

int main(int argc, char** argv) {
  ws_server* server = make_server(argc, argv);
  pthread_t timer;
  need(ws_server_set(server, "threads",
                     "0")); /* nothing blocks, so the event loop's own thread will do */
  need(ws_server_set_app(server, note, NULL));
  need(ws_server_listen(server));
  pthread_create(&timer, NULL, answer_all, NULL);
  announce(server);
  need(ws_server_run(server));
  ws_server_free(server);
  return 0;
}
