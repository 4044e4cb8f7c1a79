// The access log as JSON: https://opentelemetry.io/docs/specs/semconv/http/http-spans/
#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

#include "http/grammar.h"
#include "observe/access_format.h"
#include "observe/escape.h"

namespace wserve::observe {

using app::Moment;
using base::ByteView;

namespace {

class Object {
 public:
  explicit Object(std::string& lines) noexcept : lines_(lines) {}

  // Nothing where there is nothing to say.
  void add(ByteView name, ByteView text) {
    if (!text.empty()) {
      begin(name);
      append_json(lines_, text);
    }
  }
  void add(ByteView name, const char* text) { add(name, ByteView(text != nullptr ? text : "")); }
  void add_number(ByteView name, std::int64_t number) {
    if (number >= 0) {
      begin(name);
      lines_ += std::to_string(number);
    }
  }
  void add_list(ByteView name, ByteView text) {
    if (!text.empty()) {
      begin(name);
      lines_ += '[';
      append_json(lines_, text);
      lines_ += ']';
    }
  }
  // In seconds, as the conventions measure.
  void add_seconds(ByteView name, std::int64_t micros) {
    if (micros >= 0) {
      std::array<char, 40> digits{};
      std::snprintf(digits.data(), digits.size(), "%lld.%06lld",
                    static_cast<long long>(micros / 1'000'000),
                    static_cast<long long>(micros % 1'000'000));
      begin(name);
      lines_ += digits.data();
    }
  }
  void end() { lines_ += is_empty_ ? "{}\n" : "}\n"; }

 private:
  void begin(ByteView name) {
    lines_ += is_empty_ ? '{' : ',';
    is_empty_ = false;
    lines_ += '"';
    lines_ += name;
    lines_ += "\":";
  }

  std::string& lines_;
  bool is_empty_ = true;
};

// RFC 3339, in UTC.
std::string timestamp(std::int64_t micros) {
  const auto second = static_cast<std::time_t>(micros / 1'000'000);
  std::tm parts{};
  ::gmtime_r(&second, &parts);
  std::array<char, 40> text{};
  std::array<char, 16> fraction{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(fraction.data(), fraction.size(), ".%06lldZ",
                static_cast<long long>(micros % 1'000'000));
  return std::string(text.data(), size) + fraction.data();
}

std::int64_t number_of(const char* text) noexcept {
  std::uint64_t number = 0;
  const bool is_one =
      text != nullptr && base::parse_digits(text, number) == base::NumberError::kNone;
  return is_one ? static_cast<std::int64_t>(number) : -1;
}

}  // namespace

void append_json_record(std::string& lines, const Record& record) {
  const app::Observation& seen = record.seen();
  const ByteView query = record.query();
  const ByteView protocol = seen.protocol();
  Object object(lines);
  object.add("timestamp", timestamp(record.time_of(static_cast<std::size_t>(Moment::kBegun))));
  object.add("http.request.method", seen.method());
  object.add("url.path", record.path());
  object.add("url.query", query.substr(std::min<std::size_t>(1, query.size())));
  object.add_number("http.response.status_code", seen.status() == 0 ? -1 : seen.status());
  object.add("network.protocol.version",
             protocol.substr(std::min<std::size_t>(5, protocol.size())));
  object.add("client.address", record.find("REMOTE_ADDR"));
  object.add("network.peer.address", record.peer());
  object.add_number("network.peer.port", record.peer_port());
  object.add("server.address", http::without_port(record.authority()));
  object.add_number("server.port", number_of(record.find("SERVER_PORT")));
  object.add("user_agent.original", seen.field("User-Agent"));
  object.add_list("http.request.header.referer", seen.field("Referer"));
  object.add("enduser.id", seen.user());
  object.add_number("http.request.size", static_cast<std::int64_t>(seen.bytes_in()));
  object.add_number("http.response.size", static_cast<std::int64_t>(seen.bytes_out()));
  object.add_number("http.response.body.size", static_cast<std::int64_t>(seen.body_bytes_out()));
  object.add_seconds("http.server.request.duration", record.until_end(Moment::kBegun));
  object.add_seconds("wserve.queue_time", seen.queue_time().count());
  object.add_seconds("wserve.wait_time", seen.wait_time().count());
  object.add_seconds("wserve.first_byte_time", record.between(Moment::kHead, Moment::kFirstByte));
  object.add("wserve.request_id", seen.id());
  // https://opentelemetry.io/docs/specs/otel/compatibility/logging_trace_context/
  object.add("trace_id", seen.trace_id());
  object.add("wserve.cause", app::cause_name(static_cast<std::size_t>(seen.cause())));
  object.end();
}

}  // namespace wserve::observe
