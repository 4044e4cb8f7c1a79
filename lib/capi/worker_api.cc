// ws_worker_*: unwrap, call, report.
#include <memory>

#include <wserve/worker.h>

#include "base/thread.h"
#include "capi/api_call.h"
#include "capi/handles.h"

using wserve::base::Status;
using wserve::capi::api_call;
using wserve::capi::null_argument;

ws_worker* ws_worker_new(ws_server* server) {
  ws_worker* made = nullptr;
  api_call([&]() -> Status {
    if (server == nullptr) {
      return null_argument("server");
    }
    wserve::base::prepare_to_throw();
    auto worker = std::make_unique<ws_worker>();
    worker->server = server->server;
    if (Status opened = worker->event.open(); !opened.is_ok()) {
      return opened;
    }
    Status joined = worker->server->join_worker(worker->consumer);
    if (joined.is_ok()) {
      made = worker.release();
    }
    return joined;
  });
  return made;
}

ws_status ws_worker_next(ws_worker* worker, int timeout_ms, ws_request** request) {
  return api_call([&]() -> Status {
    if (worker == nullptr || request == nullptr) {
      return null_argument(worker == nullptr ? "worker" : "request");
    }
    *request = nullptr;
    wserve::base::Ref<wserve::app::Exchange> exchange;
    Status taken =
        worker->server->next(worker->consumer, std::chrono::milliseconds(timeout_ms), exchange);
    if (taken.is_ok()) {
      *request = wserve::capi::wrap(*exchange.detach());
    }
    return taken;
  });
}

void ws_worker_wake(ws_worker* worker) {
  if (worker != nullptr) {
    worker->server->wake(worker->consumer);
  }
}

int ws_worker_fd(ws_worker* worker) {
  if (worker == nullptr || worker->server->is_turned_by_worker()) {
    return -1;
  }
  worker->server->watch(worker->consumer);
  return worker->event.fd();
}

void ws_worker_free(ws_worker* worker) {
  if (worker != nullptr) {
    worker->server->leave_worker(worker->consumer);
    delete worker;  // NOLINT(cppcoreguidelines-owning-memory): the C caller owned it
  }
}
