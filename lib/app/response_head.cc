// The head of an answer: which framing its body gets, and the lines.
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

#include "app/response_writer.h"
#include "http/status_text.h"

namespace wserve::app {

namespace {

void append_number(base::ByteBuffer& text, std::uint64_t number) {
  std::array<char, 20> digits;  // NOLINT: filled before it is read
  const char* end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  text.append({digits.data(), end});
}

bool is_bodiless_status(int status) noexcept {
  return status < 200 || status == 204 || status == 304;
}

}  // namespace

bool ResponseWriter::may_have_body() const noexcept {
  return !context_.is_head && !is_bodiless_status(status_);
}

// RFC 9112 §6.3, from the sender's side.
void ResponseWriter::choose_form() {
  if (const auto given = fields_.content_length()) {
    length_is_known_ = true;
    length_ = *given;
    is_body_left_out_ = false;  // who says its length knows it
  }
  if (status_ == 205) {  // RFC 9110 §15.3.6: no content
    length_is_known_ = true;
    length_ = 0;
  }
  if (is_bodiless_status(status_) || is_body_left_out_) {
    form_ = BodyForm::kNone;
  } else if (coding_ ? coding_->is_whole() : length_is_known_) {
    form_ = BodyForm::kLength;
  } else {
    form_ = context_.minor_version > 0 ? BodyForm::kChunked : BodyForm::kUntilClose;
  }
  const bool is_draining =
      context_.is_draining != nullptr && context_.is_draining->load(std::memory_order_relaxed);
  if (form_ == BodyForm::kUntilClose || is_draining || closes_ || fields_.wants_close()) {
    context_.keep_alive = false;
  }
}

void ResponseWriter::show_to_hook() noexcept {
  if (phase_ == Phase::kStarted && !std::exchange(is_seen_by_hook_, true)) {
    phase_ = Phase::kHook;
    context_.hook->before_head();
    phase_ = Phase::kStarted;
  }
}

void ResponseWriter::render_head() {
  choose_form();
  render_status_line(status_, reason_.empty() ? http::status_text(status_) : ByteView(reason_));
  head_.append(fields_.lines());
  render_framing();
  render_connection();
  render_identity();
  if (!id_.empty()) {
    render_id();
  }
  if (context_.tells_timing && context_.seen != nullptr) {
    render_timing();
  }
  head_.append(kLineEnd);
  phase_ = Phase::kBody;
  if (context_.seen != nullptr) {
    context_.seen->propose_head(status_, head_.view());
  }
}

void ResponseWriter::render_status_line(int status, ByteView reason) {
  head_.clear();
  head_.append(context_.minor_version > 0 ? "HTTP/1.1 " : "HTTP/1.0 ");
  const std::array<char, 4> digits = {static_cast<char>('0' + status / 100),
                                      static_cast<char>('0' + status / 10 % 10),
                                      static_cast<char>('0' + status % 10), ' '};
  head_.append_all(ByteView(digits.data(), digits.size()), reason, kLineEnd);
}

void ResponseWriter::render_framing() {
  // RFC 9110 §8.6: never with 1xx or 204; with 304 only if the application knows it.
  const bool has_length =
      form_ == BodyForm::kLength || (status_ == 304 && fields_.content_length().has_value());
  if (has_length) {
    head_.append("Content-Length: ");
    append_number(head_, coding_ ? coding_->kept().size() : length_);
    head_.append(kLineEnd);
  } else if (form_ == BodyForm::kChunked) {
    head_.append("Transfer-Encoding: chunked\r\n");
    render_trailer_names();
  }
}

// RFC 9110 §6.6.2: of no use where no trailer is sent.
void ResponseWriter::render_trailer_names() {
  if (!fields_.announced().empty()) {
    head_.append_all("Trailer: ", fields_.announced(), kLineEnd);
  }
}

void ResponseWriter::render_connection() {
  ByteView persistence;
  if (!context_.keep_alive) {
    persistence = "close";
  } else if (context_.minor_version == 0) {
    persistence = "Keep-Alive";
  }
  if (fields_.has_upgrade()) {  // RFC 9110 §7.8: who sends Upgrade names it here
    const ByteView separator = persistence.empty() ? "" : ", ";
    head_.append("Connection: ").append(persistence).append(separator).append("upgrade\r\n");
  } else if (!persistence.empty()) {
    head_.append("Connection: ").append(persistence).append(kLineEnd);
  }
}

void ResponseWriter::render_identity() {
  if (!fields_.has_date()) {
    head_.append_all("Date: ", ByteView(context_.date.data(), context_.date.size()), kLineEnd);
  }
  if (context_.ident.empty()) {
    return;
  }
  // RFC 9110 §7.6.3: a Server of the application's makes us a gateway in front of it.
  head_.append_all(fields_.has_server() ? ByteView("Via: 1.1 ") : ByteView("Server: "),
                   context_.ident, kLineEnd);
}

// Frameworks send it themselves, as they have found it in the environ.
void ResponseWriter::render_id() {
  if (!fields_.has_line(id_field_)) {
    head_.append_all(id_field_, ": ", id_, kLineEnd);
  }
}

// https://www.w3.org/TR/server-timing/: milliseconds. The answer's head is the end of what is
// known.
void ResponseWriter::render_timing() {
  const base::Micros taken = context_.seen->time_of(Moment::kTaken);
  if (taken.count() == 0) {
    return;
  }
  const auto append_millis = [this](base::Micros time) {
    std::array<char, 32> digits{};
    const auto micros = static_cast<long long>(std::max<base::Micros::rep>(time.count(), 0));
    std::snprintf(digits.data(), digits.size(), "%lld.%03lld", micros / 1000, micros % 1000);
    head_.append(digits.data());
  };
  head_.append("Server-Timing: queue;dur=");
  append_millis(context_.seen->queue_time());
  head_.append(", app;dur=");
  append_millis(context_.seen->observers().clock.precise_now() - taken);
  head_.append(kLineEnd);
}

}  // namespace wserve::app
