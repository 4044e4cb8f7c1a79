// The numbers in the order in which an operator reads about them.
#include "server/stat_table.h"

#include <algorithm>

namespace wserve::server {

using app::RefusalReason;
using app::TimeoutKind;

namespace {

using Sources = const StatSources&;
using Read = std::int64_t (*)(Sources);

constexpr const char* kCounter = "counter";
constexpr const char* kGauge = "gauge";

template <RefusalReason Reason>
std::int64_t refusals(Sources sources) {
  return sources.service != nullptr ? static_cast<std::int64_t>(sources.service->counts.of(Reason))
                                    : 0;
}

template <TimeoutKind Kind>
std::int64_t timeouts(Sources sources) {
  return sources.service != nullptr ? static_cast<std::int64_t>(sources.service->counts.of(Kind))
                                    : 0;
}

// Of what there is only once the server runs.
template <auto Get>
std::int64_t of_service(Sources sources) {
  return sources.service != nullptr ? static_cast<std::int64_t>(Get(*sources.service)) : 0;
}

// What is counted only with metrics_listen.
template <net::Waiting Kind>
std::int64_t connections(Sources sources) {
  return sources.requests != nullptr ? static_cast<std::int64_t>(sources.loops.waiting(Kind)) : -1;
}

template <RequestStats::Methods Methods, std::size_t Class>
std::int64_t ended(Sources sources) {
  return sources.requests != nullptr
             ? static_cast<std::int64_t>(
                   sources.requests->sums().requests[static_cast<std::size_t>(Methods)][Class])
             : -1;
}

template <auto Get>
std::int64_t of_requests(Sources sources) {
  return sources.requests != nullptr ? static_cast<std::int64_t>(Get(sources.requests->sums()))
                                     : -1;
}

using enum RequestStats::Methods;

constexpr const char* kStateHelp =
    "Client connections by what they wait for, about a second ago. Only with metrics_listen.";
constexpr const char* kEndedHelp =
    "Requests that have ended, whatever ended them, by the first digit of the status (none: no "
    "answer began) and by whether the method is a safe one. Only with metrics_listen.";
constexpr const char* kRefusalHelp =
    "Clients that were refused without the application's answer, by the reason.";
constexpr const char* kTimeoutHelp = "Time limits that were over, by what was waited for.";
constexpr const char* kWorkerHelp =
    "Threads that take requests, by whether they have one. A worker of the host program that does "
    "something else is busy.";

constexpr Stat kStats[] = {
    {"connections", "wserve_connections", "", kGauge, "", "Client connections that are open.",
     "1.0",
     [](Sources s) -> std::int64_t {
       return s.connection_counts.connections.load(std::memory_order_relaxed);
     }},
    {"connection_limit", "wserve_connection_limit", "", kGauge, "",
     "How many there may be: the option connection_limit.", "1.0",
     [](Sources s) { return static_cast<std::int64_t>(s.connection_limit); }},
    {"connections_idle", "wserve_connections_by_state", R"(state="idle")", kGauge, "", kStateHelp,
     "1.0", connections<net::Waiting::kFirstByte>},
    {"connections_head", "wserve_connections_by_state", R"(state="head")", kGauge, "", kStateHelp,
     "1.0", connections<net::Waiting::kHead>},
    {"connections_body", "wserve_connections_by_state", R"(state="body")", kGauge, "", kStateHelp,
     "1.0", connections<net::Waiting::kBody>},
    {"connections_answer", "wserve_connections_by_state", R"(state="answer")", kGauge, "",
     kStateHelp, "1.0", connections<net::Waiting::kAnswer>},
    {"connections_client", "wserve_connections_by_state", R"(state="client")", kGauge, "",
     kStateHelp, "1.0", connections<net::Waiting::kClient>},
    {"connections_close", "wserve_connections_by_state", R"(state="close")", kGauge, "", kStateHelp,
     "1.0", connections<net::Waiting::kLingering>},
    {"connections_accepted", "wserve_connections_accepted_total", "", kCounter, "",
     "Client connections that were accepted.", "1.0",
     of_service<[](const app::Service& s) { return s.counts.accepted(); }>},
    {"requests", "wserve_requests_received_total", "", kCounter, "",
     "Requests that were handed to the application, or wait for it.", "1.0",
     [](Sources s) {
       return static_cast<std::int64_t>(s.loops.requests() + s.dispatcher.taken_pipelined());
     }},
    {"requests_safe_1xx", "wserve_requests_total", R"(methods="safe",status="1xx")", kCounter, "",
     kEndedHelp, "1.0", ended<kSafe, 1>},
    {"requests_safe_2xx", "wserve_requests_total", R"(methods="safe",status="2xx")", kCounter, "",
     kEndedHelp, "1.0", ended<kSafe, 2>},
    {"requests_safe_3xx", "wserve_requests_total", R"(methods="safe",status="3xx")", kCounter, "",
     kEndedHelp, "1.0", ended<kSafe, 3>},
    {"requests_safe_4xx", "wserve_requests_total", R"(methods="safe",status="4xx")", kCounter, "",
     kEndedHelp, "1.0", ended<kSafe, 4>},
    {"requests_safe_5xx", "wserve_requests_total", R"(methods="safe",status="5xx")", kCounter, "",
     kEndedHelp, "1.0", ended<kSafe, 5>},
    {"requests_safe_none", "wserve_requests_total", R"(methods="safe",status="none")", kCounter, "",
     kEndedHelp, "1.0", ended<kSafe, 0>},
    {"requests_unsafe_1xx", "wserve_requests_total", R"(methods="unsafe",status="1xx")", kCounter,
     "", kEndedHelp, "1.0", ended<kUnsafe, 1>},
    {"requests_unsafe_2xx", "wserve_requests_total", R"(methods="unsafe",status="2xx")", kCounter,
     "", kEndedHelp, "1.0", ended<kUnsafe, 2>},
    {"requests_unsafe_3xx", "wserve_requests_total", R"(methods="unsafe",status="3xx")", kCounter,
     "", kEndedHelp, "1.0", ended<kUnsafe, 3>},
    {"requests_unsafe_4xx", "wserve_requests_total", R"(methods="unsafe",status="4xx")", kCounter,
     "", kEndedHelp, "1.0", ended<kUnsafe, 4>},
    {"requests_unsafe_5xx", "wserve_requests_total", R"(methods="unsafe",status="5xx")", kCounter,
     "", kEndedHelp, "1.0", ended<kUnsafe, 5>},
    {"requests_unsafe_none", "wserve_requests_total", R"(methods="unsafe",status="none")", kCounter,
     "", kEndedHelp, "1.0", ended<kUnsafe, 0>},
    {"bytes_in", "wserve_request_bytes_total", "", kCounter, "bytes",
     "Bytes of requests, heads and bodies. Only with metrics_listen.", "1.0",
     of_requests<[](const RequestStats::Sums& sums) { return sums.bytes_in; }>},
    {"bytes_out", "wserve_response_bytes_total", "", kCounter, "bytes",
     "Bytes of answers, heads and bodies. Only with metrics_listen.", "1.0",
     of_requests<[](const RequestStats::Sums& sums) { return sums.bytes_out; }>},

    {"queue_time", "wserve_queue_oldest_seconds", "", kGauge, "milliseconds",
     "How long the request that waits longest has waited, or the queue has been at queue_limit.",
     "1.0", [](Sources s) { return static_cast<std::int64_t>(s.dispatcher.behind_for().count()); }},
    {"waiting", "wserve_queue_length", "", kGauge, "", "Requests that no thread has taken yet.",
     "1.0", [](Sources s) { return static_cast<std::int64_t>(s.dispatcher.waiting()); }},
    {"workers_busy", "wserve_workers", R"(state="busy")", kGauge, "", kWorkerHelp, "1.0",
     [](Sources s) { return static_cast<std::int64_t>(s.dispatcher.workers().busy); }},
    {"workers_idle", "wserve_workers", R"(state="idle")", kGauge, "", kWorkerHelp, "1.0",
     [](Sources s) { return static_cast<std::int64_t>(s.dispatcher.workers().idle); }},

    {"buffered", "wserve_buffered_bytes", "", kGauge, "bytes",
     "Memory that counts for the option buffer_memory_limit.", "1.0",
     of_service<[](const app::Service& s) { return s.storage.memory.used(); }>},
    {"spilled", "wserve_spilled_bytes", "", kGauge, "bytes",
     "Bytes in temporary files, which count for the option buffer_file_limit.", "1.0",
     of_service<[](const app::Service& s) { return s.storage.files.used(); }>},
    {"spilled_bytes", "wserve_spilled_bytes_written_total", "", kCounter, "bytes",
     "Bytes that were written to temporary files.", "1.0",
     of_service<[](const app::Service& s) { return s.storage.written(); }>},
    {"spilled_files", "wserve_spilled_files_total", "", kCounter, "",
     "Bodies and answers that got a temporary file.", "1.0",
     of_service<[](const app::Service& s) { return s.storage.temporary.opened(); }>},

    {"refused_malformed", "wserve_refusals_total", R"(reason="malformed")", kCounter, "",
     kRefusalHelp, "1.0", refusals<RefusalReason::kMalformed>},
    {"refused_too_slow", "wserve_refusals_total", R"(reason="too_slow")", kCounter, "",
     kRefusalHelp, "1.0", refusals<RefusalReason::kTooSlow>},
    {"refused_too_large", "wserve_refusals_total", R"(reason="too_large")", kCounter, "",
     kRefusalHelp, "1.0", refusals<RefusalReason::kTooLarge>},
    {"refused_unsupported", "wserve_refusals_total", R"(reason="unsupported")", kCounter, "",
     kRefusalHelp, "1.0", refusals<RefusalReason::kUnsupported>},
    {"refused_storage", "wserve_refusals_total", R"(reason="storage")", kCounter, "", kRefusalHelp,
     "1.0", refusals<RefusalReason::kStorage>},
    {"refused_address_limit", "wserve_refusals_total", R"(reason="address_limit")", kCounter, "",
     kRefusalHelp, "1.0", refusals<RefusalReason::kAddressLimit>},
    {"refused_queue_limit", "wserve_refusals_total", R"(reason="queue_limit")", kCounter, "",
     kRefusalHelp, "1.0", refusals<RefusalReason::kQueueLimit>},
    {"refused_queue_timeout", "wserve_refusals_total", R"(reason="queue_timeout")", kCounter, "",
     kRefusalHelp, "1.0", refusals<RefusalReason::kQueueTimeout>},
    {"refused_request_timeout", "wserve_refusals_total", R"(reason="request_timeout")", kCounter,
     "", kRefusalHelp, "1.0", refusals<RefusalReason::kRequestTimeout>},
    {"refused_proxy_protocol", "wserve_refusals_total", R"(reason="proxy_protocol")", kCounter, "",
     kRefusalHelp, "1.0", refusals<RefusalReason::kProxyProtocol>},

    {"timeouts_idle", "wserve_timeouts_total", R"(kind="idle")", kCounter, "", kTimeoutHelp, "1.0",
     timeouts<TimeoutKind::kIdle>},
    {"timeouts_head", "wserve_timeouts_total", R"(kind="head")", kCounter, "", kTimeoutHelp, "1.0",
     timeouts<TimeoutKind::kHead>},
    {"timeouts_body", "wserve_timeouts_total", R"(kind="body")", kCounter, "", kTimeoutHelp, "1.0",
     timeouts<TimeoutKind::kBody>},
    {"timeouts_write", "wserve_timeouts_total", R"(kind="write")", kCounter, "", kTimeoutHelp,
     "1.0", timeouts<TimeoutKind::kWrite>},
    {"timeouts_queue", "wserve_timeouts_total", R"(kind="queue")", kCounter, "", kTimeoutHelp,
     "1.0", timeouts<TimeoutKind::kQueue>},
    {"timeouts_request", "wserve_timeouts_total", R"(kind="request")", kCounter, "", kTimeoutHelp,
     "1.0", timeouts<TimeoutKind::kRequest>},
    {"timeouts_proxy", "wserve_timeouts_total", R"(kind="proxy")", kCounter, "", kTimeoutHelp,
     "1.0", timeouts<TimeoutKind::kProxy>},

    {"loop_delay", "wserve_event_loop_delay_seconds", "", kGauge, "milliseconds",
     "By how much the event loop came late to its clock, fading to a half in about ten seconds; of "
     "several loops the largest.",
     "1.0", [](Sources s) { return static_cast<std::int64_t>(s.loops.delay().count()); }},
    {"log_lines_lost", "wserve_log_lines_lost_total", "", kCounter, "",
     "Lines of the log that its descriptor did not take.", "1.0",
     [](Sources s) { return static_cast<std::int64_t>(s.log.lost()); }},
    {"draining", "wserve_draining", "", kGauge, "", "1 while the server stops, else 0.", "1.0",
     of_service<[](const app::Service& s) {
       return s.is_draining.load(std::memory_order_relaxed) ? 1 : 0;
     }>},
};

}  // namespace

std::span<const Stat> stat_table() noexcept {
  return kStats;
}

const Stat* find_stat(base::ByteView name) noexcept {
  const auto* found = std::find_if(std::begin(kStats), std::end(kStats),
                                   [name](const Stat& stat) { return name == stat.name; });
  return found != std::end(kStats) ? found : nullptr;
}

}  // namespace wserve::server
