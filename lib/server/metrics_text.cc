// Text exposition format 0.0.4, and OpenMetrics 1.0.
#include "server/metrics_text.h"

#include <array>
#include <cstdio>

#include "base/text.h"
#include "http/field_list.h"

namespace wserve::server {

using base::ByteView;
using base::concat;

namespace {

constexpr ByteView kTotal = "_total";

// Seconds, whatever the unit of the table: metrics have base units.
std::string decimal(std::uint64_t number, unsigned digits) {
  std::string text = std::to_string(number);
  if (digits > 0) {
    text.insert(0, text.size() <= digits ? digits + 1 - text.size() : 0, '0');
    text.insert(text.size() - digits, 1, '.');
  }
  return text;
}

unsigned digits_of(ByteView unit) noexcept {
  return unit == "milliseconds" ? 3 : unit == "microseconds" ? 6 : 0;
}

// OpenMetrics names the family of a counter without the ending of its samples.
ByteView family_of(ByteView metric, MetricsFormat format) noexcept {
  const bool is_cut = format == MetricsFormat::kOpenMetrics && metric.ends_with(kTotal);
  return is_cut ? metric.substr(0, metric.size() - kTotal.size()) : metric;
}

void add_family(std::string& text, ByteView family, ByteView type, ByteView help) {
  text += concat("# HELP ", family, ' ', help, "\n# TYPE ", family, ' ', type, '\n');
}

void add_stats(std::string& text, const StatSources& sources, MetricsFormat format) {
  ByteView last;
  for (const Stat& stat : stat_table()) {
    const std::int64_t number = stat.read(sources);
    if (number < 0) {
      continue;  // nobody counts it
    }
    if (last != stat.metric) {
      last = stat.metric;
      add_family(text, family_of(last, format), stat.type, stat.help);
    }
    const bool has_labels = *stat.labels != '\0';
    text += concat(stat.metric, has_labels ? "{" : "", stat.labels, has_labels ? "} " : " ",
                   decimal(static_cast<std::uint64_t>(number), digits_of(stat.unit)), '\n');
  }
}

void add_histogram(std::string& text, ByteView name, ByteView help,
                   const RequestStats::Histogram& histogram) {
  add_family(text, name, "histogram", help);
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < histogram.buckets.size(); ++i) {
    below += histogram.buckets[i];
    const bool is_last = i == RequestStats::kBounds.size();
    text += concat(name, "_bucket{le=\"",
                   is_last ? std::string("+Inf") : decimal(RequestStats::kBounds[i], 6), "\"} ",
                   below, '\n');
  }
  text += concat(name, "_sum ", decimal(histogram.micros, 6), '\n', name, "_count ", below, '\n');
}

std::string escaped(ByteView value) {
  std::string text;
  for (const char c : value) {
    text += c == '\\' ? "\\\\" : c == '"' ? "\\\"" : c == '\n' ? "\\n" : std::string(1, c);
  }
  return text;
}

void add_info(std::string& text, ByteView name, ByteView help,
              const std::vector<std::pair<const char*, std::string>>& labels,
              MetricsFormat format) {
  const bool is_open = format == MetricsFormat::kOpenMetrics;
  add_family(text, is_open ? name : ByteView(concat(name, "_info")), is_open ? "info" : "gauge",
             help);
  text += concat(name, "_info{");
  const char* between = "";
  for (const auto& [label, value] : labels) {
    text += concat(std::exchange(between, ","), label, "=\"", escaped(value), '"');
  }
  text += "} 1\n";
}

}  // namespace

std::string metrics_text(const StatSources& sources, const MetricsLabels& labels,
                         MetricsFormat format) {
  std::string text;
  text.reserve(16 * 1024);
  add_info(text, "wserve_build", "What serves.", labels.build, format);
  add_info(text, "wserve_config", "How it is set up.", labels.config, format);
  add_stats(text, sources, format);
  if (sources.requests != nullptr) {
    const RequestStats::Sums sums = sources.requests->sums();
    add_histogram(text, "wserve_request_queue_seconds",
                  "Time that requests have waited for a thread of the application, since they were "
                  "there, or since a trusted proxy got them, if it says when.",
                  sums.queue);
    add_histogram(text, "wserve_request_service_seconds",
                  "Time from there until the last byte of the answer was sent.", sums.service);
  }
  if (format == MetricsFormat::kOpenMetrics) {
    text += "# EOF\n";
  }
  return text;
}

const char* metrics_type(MetricsFormat format) noexcept {
  return format == MetricsFormat::kOpenMetrics
             ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
             : "text/plain; version=0.0.4; charset=utf-8";
}

// RFC 9110 §12.4.2: a weight of 0 is "not acceptable".
MetricsFormat metrics_format(ByteView accept) noexcept {
  MetricsFormat format = MetricsFormat::kPrometheus;
  http::for_each_list_item(accept, [&](ByteView item) {
    const ByteView type = base::trim_blanks(base::take_until(item, ';'));
    bool is_wanted = base::equals_ignoring_case(type, "application/openmetrics-text");
    while (is_wanted && !item.empty()) {
      const ByteView parameter = base::trim_blanks(base::take_until(item, ';'));
      is_wanted = !(parameter.starts_with("q=0") || parameter.starts_with("Q=0")) ||
                  parameter.find_first_of("123456789") != ByteView::npos;
    }
    format = is_wanted ? MetricsFormat::kOpenMetrics : format;
  });
  return format;
}

}  // namespace wserve::server
