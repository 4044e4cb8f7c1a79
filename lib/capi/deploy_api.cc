// ws_server_load() and its kin: unwrap, call, report.
#include <algorithm>

#include <wserve/deploy.h>

#include "capi/api_call.h"
#include "capi/handles.h"
#include "capi/shared_objects.h"
#include "deploy/load.h"
#include "deploy/named_filter.h"

using wserve::base::ByteView;
using wserve::base::Status;
using wserve::capi::api_call;
using wserve::capi::null_argument;
using wserve::capi::SharedObjects;
using wserve::deploy::SettingList;

namespace {

// Checks what all of them take, then calls `body` with the settings.
template <typename Body>
ws_status with_settings(ws_server* server, const char* name, const char* settings, Body&& body) {
  return api_call([&]() -> Status {
    if (server == nullptr || name == nullptr) {
      return null_argument(server == nullptr ? "server" : "name");
    }
    SettingList list;
    Status parsed = SettingList::parse(settings != nullptr ? settings : "", list);
    return parsed.is_ok() ? body(list) : parsed;
  });
}

}  // namespace

ws_status ws_server_use_named(ws_server* server, const char* name, const char* settings) {
  return with_settings(server, name, settings, [&](const SettingList& list) -> Status {
    std::unique_ptr<wserve::app::Filter> filter;
    Status made = wserve::deploy::make_named_filter(name, list, filter);
    return made.is_ok() ? server->server->add_filter(std::move(filter)) : made;
  });
}

ws_status ws_server_load(ws_server* server, const char* name, const char* settings) {
  return with_settings(server, name, settings, [&](const SettingList& list) {
    SharedObjects plugins;
    return wserve::deploy::load(*server->server, plugins, name, list);
  });
}

ws_status ws_server_load_settings(ws_server* server, const char* name, const char* settings) {
  return with_settings(server, name, settings, [&](const SettingList& list) {
    SharedObjects plugins;
    return wserve::deploy::load_settings(*server->server, plugins, name, list);
  });
}

ws_status ws_server_load_options(ws_server* server, const char* name, const char* settings) {
  return with_settings(server, name, settings, [&](const SettingList& list) {
    return wserve::deploy::load_options(*server->server, name, list);
  });
}

ws_status ws_server_check(ws_server* server) {
  return api_call([&]() -> Status {
    return server != nullptr ? server->server->check() : null_argument("server");
  });
}

namespace {

// As far as it fits. 0 when there is none.
size_t copy_out(ws_status status, const std::string& text, char* buffer, size_t capacity) {
  if (status != WS_OK) {
    return 0;
  }
  if (capacity > 0 && buffer != nullptr) {
    const size_t size = std::min(text.size(), capacity - 1);
    *std::copy_n(text.data(), size, buffer) = '\0';
  }
  return text.size();
}

}  // namespace

size_t ws_server_explain_proxy(ws_server* server, const char* peer, const char* fields,
                               char* buffer, size_t capacity) {
  std::string text;
  const ws_status status = api_call([&]() -> Status {
    if (server == nullptr || peer == nullptr || fields == nullptr) {
      return null_argument(server == nullptr ? "server" : peer == nullptr ? "peer" : "fields");
    }
    return server->server->explain_proxy(peer, fields, text);
  });
  return copy_out(status, text, buffer, capacity);
}

size_t ws_server_explain_sizing(ws_server* server, char* buffer, size_t capacity) {
  std::string text;
  const ws_status status = api_call([&]() -> Status {
    if (server == nullptr) {
      return null_argument("server");
    }
    text = server->server->explain_sizing();
    return {};
  });
  return copy_out(status, text, buffer, capacity);
}
