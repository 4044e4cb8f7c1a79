// binding.h: lines that a server keeps until they are taken.
#include <memory>

#include <wserve/binding.h>

#include "base/text.h"
#include "capi/api_call.h"
#include "capi/handles.h"

using wserve::base::ByteView;
using wserve::base::Code;
using wserve::base::Severity;
using wserve::base::Status;
using wserve::capi::api_call;
using wserve::capi::null_argument;
using wserve::server::LogQueue;
using Kept = std::shared_ptr<LogQueue>;

namespace {

// A server in trouble has as many slow requests as threads; they are offered again later.
constexpr size_t kMaxSlow = 1'000;

// Makes the queue, and has it filled by what `begin` sets up.
template <class Begin>
ws_status keep(ws_server* server, Kept ws_server::*place, const char* what, size_t limit,
               Begin begin) {
  return api_call([&]() -> Status {
    if (server == nullptr) {
      return null_argument("server");
    }
    if (limit == 0) {
      return {Code::kInvalid, "limit must be at least 1, got 0"};
    }
    if (server->*place) {
      return {Code::kState, wserve::base::concat("the server keeps its ", what, " already")};
    }
    const Kept kept = std::make_shared<LogQueue>(limit);
    Status begun = begin(*server->server, kept);
    if (begun.is_ok()) {
      server->*place = kept;
    }
    return begun;
  });
}

Status take(const Kept& kept, LogQueue::Line& taken, const char* what) {
  if (!kept) {
    return {Code::kState, wserve::base::concat("the server keeps no ", what)};
  }
  return kept->take(taken) ? Status() : Status(Code::kTimeout);
}

int descriptor(const Kept& kept) noexcept {
  return kept ? kept->fd() : -1;
}

}  // namespace

ws_status ws_server_keep_log(ws_server* server, size_t limit) {
  return keep(server, &ws_server::kept_log, "log", limit, [](auto& to, const Kept& kept) {
    return to.set_log(
        [kept](Severity severity, const char* line) { kept->push_counted(severity, line); });
  });
}

ws_status ws_server_take_log(ws_server* server, ws_severity* severity, const char** line,
                             size_t* size) {
  return api_call([&]() -> Status {
    if (server == nullptr || severity == nullptr || line == nullptr || size == nullptr) {
      return null_argument(server == nullptr ? "server" : "severity, line and size");
    }
    Status taken = take(server->kept_log, server->taken_line, "log");
    if (taken.is_ok()) {
      *severity = static_cast<ws_severity>(server->taken_line.severity);
      *line = server->taken_line.text.c_str();
      *size = server->taken_line.text.size();
    }
    return taken;
  });
}

int ws_server_log_fd(ws_server* server) {
  return server != nullptr ? descriptor(server->kept_log) : -1;
}

ws_status ws_server_keep_access(ws_server* server, size_t limit) {
  return keep(server, &ws_server::kept_access, "access log", limit, [](auto& to, const Kept& kept) {
    return to.set_access_taker(
        [kept](ByteView line) { return kept->push({.text = std::string(line)}); });
  });
}

ws_status ws_server_take_access(ws_server* server, const char** line, size_t* size) {
  return api_call([&]() -> Status {
    if (server == nullptr || line == nullptr || size == nullptr) {
      return null_argument(server == nullptr ? "server" : "line and size");
    }
    Status taken = take(server->kept_access, server->taken_access, "access log");
    if (taken.is_ok()) {
      *line = server->taken_access.text.c_str();
      *size = server->taken_access.text.size();
    }
    return taken;
  });
}

int ws_server_access_fd(ws_server* server) {
  return server != nullptr ? descriptor(server->kept_access) : -1;
}

ws_status ws_server_keep_slow(ws_server* server) {
  return keep(server, &ws_server::kept_slow, "slow requests", kMaxSlow,
              [](auto& to, const Kept& kept) {
                return to.set_slow_taker([kept](const auto& slow) {
                  kept->push({.severity = Severity::kWarning,
                              .text = slow.line,
                              .thread = slow.thread,
                              .request = slow.request});
                });
              });
}

ws_status ws_server_take_slow(ws_server* server, int64_t* thread, const void** request,
                              const char** line, size_t* size) {
  return api_call([&]() -> Status {
    if (server == nullptr || thread == nullptr || request == nullptr || line == nullptr ||
        size == nullptr) {
      return null_argument(server == nullptr ? "server" : "thread, request, line and size");
    }
    Status taken = take(server->kept_slow, server->taken_slow, "slow requests");
    if (taken.is_ok()) {
      *thread = server->taken_slow.thread;
      *request = server->taken_slow.request;
      *line = server->taken_slow.text.c_str();
      *size = server->taken_slow.text.size();
    }
    return taken;
  });
}

int ws_server_slow_fd(ws_server* server) {
  return server != nullptr ? descriptor(server->kept_slow) : -1;
}
