// The one table behind ws_server_stat, the metrics and their documentation.
#pragma once

#include <cstdint>
#include <span>

#include "app/dispatcher.h"
#include "app/service.h"
#include "base/bytes.h"
#include "net/loop_group.h"
#include "server/log_relay.h"
#include "server/request_stats.h"

namespace wserve::server {

// Where the numbers are; all of it may be read by any thread.
struct StatSources {
  const net::ConnectionCounts& connection_counts;
  const net::LoopGroup& loops;
  const app::Dispatcher& dispatcher;
  const app::Service* service;  // null until the server runs
  const LogRelay& log;
  unsigned connection_limit;
  const RequestStats* requests;  // null: nobody counts them
};

struct Stat {
  const char* name;    // of ws_server_stat()
  const char* metric;  // its name there
  const char* labels;  // `kind="head"`; empty for none
  const char* type;    // "counter", which never falls, or "gauge"
  const char* unit;    // "bytes", "milliseconds", ...; empty when it counts things
  const char* help;
  const char* since;
  std::int64_t (*read)(const StatSources& sources);  // -1: nobody counts it
};

// Those of one metric stand together.
[[nodiscard]] std::span<const Stat> stat_table() noexcept;

// Null for a name that is none.
[[nodiscard]] const Stat* find_stat(base::ByteView name) noexcept;

}  // namespace wserve::server
