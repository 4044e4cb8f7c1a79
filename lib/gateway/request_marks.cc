// Reading X-Request-Start, request ids and traceparent.
#include "gateway/request_marks.h"

#include <algorithm>
#include <cstdint>

namespace wserve::gateway {

using std::chrono::microseconds;

namespace {

constexpr std::size_t kMaxId = 128;
constexpr ByteView kIdMarks = "-_.:@+/=";

// W3C Trace Context §3.2.2: "00-" trace-id "-" parent-id "-" trace-flags
constexpr std::size_t kTraceBegin = 3;
constexpr std::size_t kTraceSize = 32;
constexpr std::size_t kParentBegin = 36;
constexpr std::size_t kParentSize = 16;
constexpr std::size_t kFlagsBegin = 53;
constexpr std::size_t kTraceparentSize = 55;

bool is_lower_hex(ByteView text) noexcept {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return base::is_digit(c) || (c >= 'a' && c <= 'f'); });
}

bool is_nonzero_hex(ByteView text) noexcept {
  return is_lower_hex(text) && text.find_first_not_of('0') != ByteView::npos;
}

// How many microseconds one of it has; 0 when it is no time of the last decades or the next ones.
std::uint64_t micros_of_unit(std::uint64_t number) noexcept {
  constexpr std::uint64_t kFirstSecond = 100'000'000;    // in 1973
  constexpr std::uint64_t kLastSecond = 99'999'999'999;  // in 5138
  for (const std::uint64_t unit : {1'000'000U, 1'000U, 1U}) {
    const std::uint64_t per_second = 1'000'000U / unit;
    if (number >= kFirstSecond * per_second && number / per_second <= kLastSecond) {
      return unit;
    }
  }
  return 0;
}

// Digits behind the point, as far as they count: `unit` is how much the point stands for.
std::uint64_t fraction_of(ByteView digits, std::uint64_t unit) noexcept {
  std::uint64_t sum = 0;
  for (const char digit : digits) {
    unit /= 10;
    sum += unit * static_cast<std::uint64_t>(digit - '0');
  }
  return sum;
}

}  // namespace

std::optional<microseconds> parse_request_start(ByteView text) noexcept {
  text.remove_prefix(text.starts_with("t=") ? 2 : 0);
  const bool has_point = text.find('.') != ByteView::npos;
  const ByteView whole = base::take_until(text, '.');
  std::uint64_t number = 0;
  if (base::parse_digits(whole, number) != base::NumberError::kNone ||
      !std::all_of(text.begin(), text.end(), base::is_digit) || has_point == text.empty()) {
    return std::nullopt;
  }
  const std::uint64_t unit = micros_of_unit(number);
  return unit == 0 ? std::nullopt
                   : std::optional(microseconds(number * unit + fraction_of(text, unit)));
}

bool is_request_id(ByteView text) noexcept {
  return !text.empty() && text.size() <= kMaxId &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return base::is_alpha(c) || base::is_digit(c) || kIdMarks.find(c) != ByteView::npos;
         });
}

ByteView trace_id_of(ByteView traceparent) noexcept {
  if (traceparent.size() < kTraceparentSize) {
    return {};
  }
  const ByteView version = traceparent.substr(0, kTraceBegin - 1);
  const ByteView trace = traceparent.substr(kTraceBegin, kTraceSize);
  const bool has_dashes = traceparent[kTraceBegin - 1] == '-' &&
                          traceparent[kParentBegin - 1] == '-' &&
                          traceparent[kFlagsBegin - 1] == '-';
  // Later versions may have more behind another dash.
  const bool ends = traceparent.size() == kTraceparentSize ||
                    (version != "00" && traceparent[kTraceparentSize] == '-');
  return has_dashes && ends && is_lower_hex(version) && version != "ff" && is_nonzero_hex(trace) &&
                 is_nonzero_hex(traceparent.substr(kParentBegin, kParentSize)) &&
                 is_lower_hex(traceparent.substr(kFlagsBegin, kTraceparentSize - kFlagsBegin))
             ? trace
             : ByteView();
}

RequestMarks read_marks(const ProxyPolicy& policy, const Endpoint& endpoint,
                        const Environ& environ) noexcept {
  RequestMarks marks;
  if (!policy.headers.has_mark() || !policy.peers.trusts(endpoint)) {
    return marks;
  }
  if (policy.headers.has(ProxyHeader::kRequestStart)) {
    marks.proxied_at = parse_request_start(environ.get(name_of(ProxyHeader::kRequestStart).key));
  }
  if (policy.headers.has(ProxyHeader::kRequestId) && policy.gives_ids()) {
    const ByteView id = environ.get(policy.request_id.key);
    marks.id = is_request_id(id) ? id : ByteView();
  }
  if (policy.headers.has(ProxyHeader::kTraceparent)) {
    marks.trace_id = trace_id_of(environ.get(name_of(ProxyHeader::kTraceparent).key));
  }
  return marks;
}

}  // namespace wserve::gateway
