// Noting what happens to a request, and telling it at the end.
#include "app/observation.h"

#include <algorithm>

#include "base/guard.h"
#include "http/answer_head.h"

namespace wserve::app {

using base::ByteView;
using base::Micros;

namespace {

// Name, delimiter, blanks, value, line end. The delimiters are those of the wire, or the NUL that
// the parser has put in their place.
template <typename IsIt>
ByteView find_in_lines(ByteView lines, IsIt&& is_it) noexcept {
  while (!lines.empty()) {
    const ByteView line = base::take_until(lines, '\n');
    const std::size_t colon = line.find_first_of(ByteView(":\0", 2));
    if (colon != ByteView::npos && is_it(line.substr(0, colon))) {
      const ByteView value = line.substr(colon + 1);
      return base::trim_blanks(value.substr(0, value.find_first_of(ByteView("\r\0", 2))));
    }
  }
  return {};
}

bool is_safe_method(ByteView method) noexcept {
  return method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "TRACE";
}

}  // namespace

const char* cause_name(std::size_t cause) noexcept {
  constexpr std::array<const char*, kCauses> kNames = {
      "answered",        "refused",       "header_timeout", "body_timeout",  "write_timeout",
      "request_timeout", "queue_timeout", "queue_full",     "address_limit", "failed",
      "client_gone",     "lost",          "stopped",        "detached"};
  return cause < kCauses ? kNames[cause] : "unknown";
}

base::Ref<Observation> Observation::make(const Observers& observers,
                                         const gateway::Endpoint& endpoint, Micros accepted) {
  // NOLINTNEXTLINE(cppcoreguidelines-owning-memory): the reference count owns it.
  base::Ref<Observation> made(new Observation(observers, endpoint));
  made->times_[static_cast<std::size_t>(Moment::kAccepted)].store(accepted.count());
  made->reach(Moment::kBegun);
  return made;
}

void Observation::reach(Moment moment) noexcept {
  auto& time = times_[static_cast<std::size_t>(moment)];
  if (time.load(std::memory_order_relaxed) == 0) {
    time.store(observers_.clock.precise_now().count(), std::memory_order_relaxed);
  }
}

// Method, target and fields lie behind each other in one piece of memory.
void Observation::keep_head(const http::Request& request) {
  is_safe_ = is_safe_method(request.method);
  if (!observers_.keep_heads || request.method.empty() || !head_.empty()) {
    return;
  }
  const char* const begin = request.method.data();
  const ByteView last = request.fields.empty() ? request.target : request.fields.back().value;
  const auto size = static_cast<std::size_t>(last.data() + last.size() - begin);
  head_.assign(begin, std::min(size, kMaxHead));
  method_ = kept_part(0, request.method.size());
  target_ =
      kept_part(static_cast<std::size_t>(request.target.data() - begin), request.target.size());
  minor_version_ = request.minor_version;
  for (const http::Field& field : request.fields) {
    static_cast<void>(
        kept_part(static_cast<std::size_t>(field.value.data() - begin), field.value.size()));
  }
}

// As far as it was kept, with a NUL behind it.
ByteView Observation::kept_part(std::size_t begin, std::size_t size) noexcept {
  begin = std::min(begin, head_.size());
  const std::size_t end = std::min(begin + size, head_.size());
  if (end < head_.size()) {
    head_[end] = '\0';
  }
  return ByteView(head_).substr(begin, end - begin);
}

void Observation::keep(std::string& text, ByteView value) noexcept {
  static_cast<void>(base::guarded([&]() -> base::Status {
    base::MutexLock lock(mutex_);
    if (!has_ended_.load(std::memory_order_relaxed)) {
      text = value;
    }
    return {};
  }));
}

void Observation::keep_client(ByteView address) noexcept {
  if (observers_.keep_heads) {
    keep(client_, address);
  }
}

void Observation::keep_user(ByteView name) noexcept {
  if (observers_.keep_heads) {
    keep(user_, name);
  }
}

void Observation::keep_marks(Micros proxied_at, ByteView id, ByteView trace_id) noexcept {
  proxied_at_.store(proxied_at.count(), std::memory_order_relaxed);
  if (observers_.keep_heads) {
    keep(id_, id);
    keep(trace_id_, trace_id);
  }
}

void Observation::set_cause(Cause cause) noexcept {
  std::uint8_t none = kNoCause;
  cause_.compare_exchange_strong(none, static_cast<std::uint8_t>(cause), std::memory_order_relaxed);
}

Cause Observation::cause() const noexcept {
  return static_cast<Cause>(cause_.load(std::memory_order_relaxed));
}

void Observation::propose_head(int status, ByteView head) noexcept {
  proposed_.store(status, std::memory_order_relaxed);
  add_interim(head.size());
  if (observers_.keep_answers) {
    head.remove_prefix(head.find('\n') + 1);  // the status line
    keep(answer_, head);
  }
}

void Observation::propose_page(int status, ByteView page, Cause cause) noexcept {
  set_cause(cause);
  const std::size_t end = std::min(page.find(http::kHeadEnd), page.size() - http::kHeadEnd.size());
  propose_head(status, page.substr(0, end + http::kHeadEnd.size()));
}

void Observation::begin_answer() noexcept {
  reach(Moment::kFirstByte);
  if (status() == 0) {
    status_.store(proposed_.load(std::memory_order_relaxed), std::memory_order_relaxed);
  }
}

void Observation::end(Cause cause, std::uint64_t bytes_out) noexcept {
  {
    base::MutexLock lock(mutex_);
    if (has_ended_.exchange(true)) {
      return;
    }
  }
  set_cause(cause);
  bytes_out_ = bytes_out;
  ended_ = observers_.clock.precise_now();
  for (Observer* observer : observers_.all) {
    observer->on_end(*this);
  }
}

Micros Observation::queue_time() const noexcept {
  const Micros taken = time_of(Moment::kTaken);
  const Micros proxied_at(proxied_at_.load(std::memory_order_relaxed));
  return taken.count() == 0 || proxied_at.count() == 0 ? wait_time()
                                                       : std::max(taken - proxied_at, Micros(0));
}

// Of a body that is streamed only the head has to be there.
Micros Observation::wait_time() const noexcept {
  const Micros taken = time_of(Moment::kTaken);
  const Micros whole = time_of(Moment::kWhole);
  const bool is_streamed = whole.count() == 0 || whole > taken;
  const Micros ready = is_streamed ? time_of(Moment::kHead) : whole;
  return taken.count() == 0 || ready.count() == 0 ? Micros(-1) : taken - ready;
}

std::uint64_t Observation::body_bytes_out() const noexcept {
  const std::uint64_t heads = head_bytes_.load(std::memory_order_relaxed);
  return bytes_out_ - std::min(bytes_out_, heads);
}

ByteView Observation::protocol() const noexcept {
  return minor_version_ < 0 ? ByteView() : http::version_text(minor_version_);
}

ByteView Observation::field(ByteView name) const noexcept {
  return find_in_lines(field_lines(),
                       [&](ByteView one) { return base::equals_ignoring_case(one, name); });
}

ByteView Observation::field_by_key(ByteView key) const noexcept {
  return find_in_lines(field_lines(), [&](ByteView one) {
    return std::equal(one.begin(), one.end(), key.begin(), key.end(), [](char letter, char wanted) {
      return letter == '-' ? wanted == '_' : letter != '_' && base::to_upper(letter) == wanted;
    });
  });
}

ByteView Observation::field_lines() const noexcept {
  ByteView lines = head_;
  static_cast<void>(base::take_until(lines, '\n'));
  return lines;
}

ByteView Observation::answer_field(ByteView name) const noexcept {
  return find_in_lines(answer_,
                       [&](ByteView one) { return base::equals_ignoring_case(one, name); });
}

}  // namespace wserve::app
