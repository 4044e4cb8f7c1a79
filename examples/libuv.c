/* The server inside of libuv's event loop. Everything is on one thread: the server takes its turns
 * when its descriptor is readable, the application is called inside of them, and timers of libuv's
 * answer what it has kept. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "example.h"

enum { ANSWER_AFTER_MS = 100 };

static uv_poll_t turns;
static uv_signal_t order_to_stop;

static void answer(uv_timer_t* timer) {
  static const char text[] = "answered by a timer\n";
  ws_request* request = timer->data;
  ws_request_reply(request, 200, "text/plain", text, strlen(text));
  ws_request_release(request);
  uv_close((uv_handle_t*)timer, (uv_close_cb)free);
}

/* Nothing here may wait: others are served by the same thread. */
static ws_status wait_for_timer(ws_request* request, void* loop) {
  uv_timer_t* timer = malloc(sizeof *timer);
  if (timer == NULL) {
    return WS_ENOMEM;
  }
  timer->data = request;
  uv_timer_init(loop, timer);
  uv_timer_start(timer, answer, ANSWER_AFTER_MS, 0);
  return ws_request_defer(request);
}

static void take_turn(uv_poll_t* poll, int status, int events) {
  (void)status;
  (void)events;
  const ws_status turned = ws_server_turn(poll->data, 0);
  need(turned);
  if (turned == WS_CLOSED) { /* nothing is left in the loop, which ends */
    uv_close((uv_handle_t*)poll, NULL);
    uv_close((uv_handle_t*)&order_to_stop, NULL);
  }
}

static void stop(uv_signal_t* signal, int number) {
  (void)number;
  ws_server_stop(signal->data);
}

int main(int argc, char** argv) {
  uv_loop_t* loop = uv_default_loop();
  ws_server* server = make_server(argc, argv);
  need(ws_server_set(server, "threads", "0"));
  need(ws_server_set_app(server, wait_for_timer, loop));
  need(ws_server_turn(server, 0)); /* starts it */
  turns.data = order_to_stop.data = server;
  uv_poll_init(loop, &turns, ws_server_fd(server));
  uv_poll_start(&turns, UV_READABLE, take_turn);
  uv_signal_init(loop, &order_to_stop);
  uv_signal_start(&order_to_stop, stop, SIGTERM);
  announce(server);
  uv_run(loop, UV_RUN_DEFAULT);
  ws_server_free(server);
  uv_loop_close(loop);
  printf("stopped\n");
  return 0;
}
