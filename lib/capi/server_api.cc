// ws_server_*: unwrap, call, report.
#include <algorithm>
#include <chrono>

#include <wserve/server.h>

#include "base/thread.h"
#include "capi/api_call.h"
#include "capi/callbacks.h"
#include "capi/handles.h"

using wserve::base::Status;
using wserve::capi::api_call;
using wserve::capi::CallbackApp;
using wserve::capi::CallbackFilter;
using wserve::capi::null_argument;
using wserve::server::Server;

namespace {

// For calls that last: the handle may be freed meanwhile, by another thread or by the application.
template <typename Body>
ws_status with_kept(ws_server* server, Body&& body) {
  return api_call([&]() -> Status {
    if (server == nullptr) {
      return null_argument("server");
    }
    const wserve::base::Ref<Server> kept = server->server;
    return body(*kept);
  });
}

}  // namespace

ws_server* ws_server_new() {
  ws_server* made = nullptr;
  api_call([&]() -> Status {
    wserve::base::prepare_to_throw();
    auto handle = std::make_unique<ws_server>();
    handle->server = Server::make();
    made = handle.release();
    return {};
  });
  return made;
}

ws_status ws_server_set(ws_server* server, const char* name, const char* value) {
  return api_call([&]() -> Status {
    if (server == nullptr || name == nullptr) {
      return null_argument(server == nullptr ? "server" : "name");
    }
    using Value = std::optional<wserve::base::ByteView>;
    return server->server->set(name, value != nullptr ? Value(value) : Value());
  });
}

ws_status ws_server_reconfigure(ws_server* server, const ws_server* wanted) {
  return api_call([&]() -> Status {
    if (server == nullptr || wanted == nullptr) {
      return null_argument(server == nullptr ? "server" : "wanted");
    }
    return server->server->reconfigure(*wanted->server);
  });
}

const char* ws_server_get(ws_server* server, const char* name) {
  return server != nullptr && name != nullptr ? server->server->get(name) : nullptr;
}

ws_status ws_server_set_app(ws_server* server, ws_app_fn app, void* app_data) {
  return api_call([&]() -> Status {
    if (server == nullptr || app == nullptr) {
      return null_argument(server == nullptr ? "server" : "app");
    }
    return server->server->set_application(std::make_unique<CallbackApp>(app, app_data));
  });
}

ws_status ws_server_use(ws_server* server, ws_filter_fn filter, void* filter_data) {
  return api_call([&]() -> Status {
    if (server == nullptr || filter == nullptr) {
      return null_argument(server == nullptr ? "server" : "filter");
    }
    return server->server->add_filter(std::make_unique<CallbackFilter>(filter, filter_data));
  });
}

ws_status ws_server_set_log(ws_server* server, ws_log_fn log, void* log_data) {
  return api_call([&]() -> Status {
    if (server == nullptr) {
      return null_argument("server");
    }
    wserve::server::LogRelay::Receiver receiver;
    if (log != nullptr) {
      receiver = [log, log_data](wserve::base::Severity severity, const char* line) {
        log(static_cast<ws_severity>(severity), line, log_data);
      };
    }
    return server->server->set_log(std::move(receiver));
  });
}

ws_status ws_server_listen(ws_server* server) {
  return api_call([&]() -> Status {
    return server != nullptr ? server->server->listen() : null_argument("server");
  });
}

int ws_server_port(ws_server* server, size_t index) {
  return server != nullptr ? server->server->port(index) : -1;
}

const char* ws_server_address(ws_server* server, size_t index) {
  return server != nullptr ? server->server->address(index) : nullptr;
}

const char* ws_server_metrics_address(ws_server* server, size_t index) {
  return server != nullptr ? server->server->metrics_address(index) : nullptr;
}

ws_status ws_server_run(ws_server* server) {
  return with_kept(server, [](Server& kept) { return kept.run(); });
}

ws_status ws_server_start(ws_server* server) {
  return api_call([&]() -> Status {
    return server != nullptr ? server->server->start() : null_argument("server");
  });
}

ws_status ws_server_join(ws_server* server) {
  return with_kept(server, [](Server& kept) { return kept.join(); });
}

ws_status ws_server_add_connection(ws_server* server, int fd, const char* peer) {
  return with_kept(server, [&](Server& kept) {
    using Peer = std::optional<wserve::base::ByteView>;
    return kept.add_connection(fd, peer != nullptr ? Peer(peer) : Peer());
  });
}

void ws_server_stop(ws_server* server) {
  if (server != nullptr) {
    server->server->stop();
  }
}

void ws_server_drain(ws_server* server, int deadline_ms) {
  if (server != nullptr) {
    server->server->drain(std::chrono::milliseconds(std::max(deadline_ms, 0)));
  }
}

int64_t ws_server_stat(ws_server* server, const char* name) {
  return server != nullptr && name != nullptr ? server->server->statistic(name) : -1;
}

void ws_server_free(ws_server* server) {
  if (server != nullptr) {
    server->server->abandon();
    delete server;  // NOLINT(cppcoreguidelines-owning-memory): the C caller owned it
  }
}
