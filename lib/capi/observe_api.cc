// <wserve/observe.h>: unwrap, call, report.
#include <wserve/observe.h>

#include "capi/api_call.h"
#include "capi/handles.h"
#include "observe/record.h"

using wserve::base::Status;
using wserve::capi::api_call;
using wserve::capi::null_argument;
using wserve::observe::Record;

namespace {

// A ws_done is the record itself.
const Record& unwrap(const ws_done* done) noexcept {
  return *reinterpret_cast<const Record*>(done);
}

}  // namespace

ws_status ws_server_on_done(ws_server* server, ws_done_fn done, void* done_data) {
  return api_call([&]() -> Status {
    if (server == nullptr) {
      return null_argument("server");
    }
    wserve::server::Server::Done receiver;
    if (done != nullptr) {
      receiver = [done, done_data](const Record& record) {
        done(reinterpret_cast<const ws_done*>(&record), done_data);
      };
    }
    return server->server->set_done(std::move(receiver));
  });
}

void ws_server_reopen_logs(ws_server* server) {
  if (server != nullptr) {
    server->server->reopen_logs();
  }
}

int ws_done_status(const ws_done* done) {
  return done != nullptr ? unwrap(done).seen().status() : 0;
}

ws_cause ws_done_cause(const ws_done* done) {
  return done != nullptr ? static_cast<ws_cause>(unwrap(done).seen().cause()) : WS_CAUSE_ANSWERED;
}

const char* ws_cause_name(ws_cause cause) {
  return wserve::app::cause_name(static_cast<unsigned>(cause));
}

int64_t ws_done_time(const ws_done* done, ws_moment moment) {
  return done != nullptr ? unwrap(done).time_of(static_cast<size_t>(moment)) : -1;
}

uint64_t ws_done_bytes_in(const ws_done* done) {
  return done != nullptr ? unwrap(done).seen().bytes_in() : 0;
}

uint64_t ws_done_bytes_out(const ws_done* done) {
  return done != nullptr ? unwrap(done).seen().bytes_out() : 0;
}

uint64_t ws_done_body_bytes_out(const ws_done* done) {
  return done != nullptr ? unwrap(done).seen().body_bytes_out() : 0;
}

const char* ws_done_get(const ws_done* done, const char* key) {
  const char* value = nullptr;
  if (done != nullptr && key != nullptr) {
    api_call([&]() -> Status {
      value = unwrap(done).find(key);
      return {};
    });
  }
  return value;
}
