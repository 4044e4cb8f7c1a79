// Which path shows what.
#include "server/status_pages.h"

#include "base/text.h"
#include "server/status_page.h"

namespace wserve::server {

using base::ByteView;
using net::MonitorPage;

namespace {

constexpr ByteView kHealth = "/healthz";
constexpr const char* kJson = "application/json";

ByteView field_of(const http::Request& request, ByteView name) noexcept {
  for (const http::Field& field : request.fields) {
    if (base::equals_ignoring_case(field.name, name)) {
      return field.value;
    }
  }
  return {};
}

}  // namespace

MonitorPage StatusPages::metrics_page(const http::Request& request) const {
  const MetricsFormat format = metrics_format(field_of(request, "accept"));
  return {.content_type = metrics_type(format),
          .body = metrics_text(sources_(), labels_(), format)};
}

// By the names of ws_server_stat().
std::string StatusPages::status_json() const {
  const StatSources sources = sources_();
  std::string text = "{\n";
  for (const Stat& stat : stat_table()) {
    if (const std::int64_t number = stat.read(sources); number >= 0) {
      text += base::concat("  \"", stat.name, "\": ", number, ",\n");
    }
  }
  const RequestStats::Sums sums =
      sources.requests != nullptr ? sources.requests->sums() : RequestStats::Sums();
  const auto add_times = [&text](const char* name, const RequestStats::Histogram& histogram) {
    text += base::concat("  \"", name, "\": {\"bounds\": [");
    const char* between = "";
    for (const std::uint32_t bound : RequestStats::kBounds) {
      text += base::concat(std::exchange(between, ", "), bound);
    }
    text += "], \"buckets\": [";
    between = "";
    for (const std::uint64_t count : histogram.buckets) {
      text += base::concat(std::exchange(between, ", "), count);
    }
    text += base::concat("], \"microseconds\": ", histogram.micros, "}");
  };
  add_times("queue_times", sums.queue);
  text += ",\n";
  add_times("service_times", sums.service);
  return text + "\n}\n";
}

MonitorPage StatusPages::page_for(const http::Request& request) {
  const ByteView path = request.uri.path;
  MonitorPage page;
  if (health_.answers(path, page) || health_.answers_below(kHealth, path, page)) {
    return page;
  }
  if (path == "/metrics") {
    return metrics_page(request);
  }
  if (path == "/") {
    return {.content_type = "text/html; charset=utf-8", .body = kStatusPage};
  }
  if (path == "/status.json") {
    return {.content_type = kJson, .body = status_json()};
  }
  return {.status = 404,
          .body =
              "There are /, /metrics, /healthz, /healthz/live, /healthz/ready and "
              "/status.json.\n"};
}

}  // namespace wserve::server
