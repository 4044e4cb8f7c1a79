// The head of an answer: which framing its body gets, and the lines.
#include <algorithm>
#include <string>

#include "app/response_writer.h"
#include "base/text.h"
#include "http/answer_head.h"
#include "http/status_text.h"

namespace wserve::app {

namespace {

// Milliseconds with three decimals. The program's locale must not write the point.
std::string to_millis(base::Micros time) {
  const auto micros = static_cast<std::uint64_t>(std::max<base::Micros::rep>(time.count(), 0));
  const std::string fraction = std::to_string(1000 + micros % 1000);
  return base::concat(micros / 1000, '.', ByteView(fraction).substr(1));
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
  } else if (length_is_known_) {
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
  http::begin_head(head_, context_.minor_version, status_,
                   reason_.empty() ? http::status_text(status_) : ByteView(reason_));
  head_.append(fields_.lines());
  render_framing();
  http::write_connection(head_, context_.minor_version, context_.keep_alive, fields_.has_upgrade());
  render_identity();
  if (!id_.empty()) {
    render_id();
  }
  if (context_.tells_timing && context_.seen != nullptr) {
    render_timing();
  }
  http::end_head(head_);
  phase_ = Phase::kBody;
  if (context_.seen != nullptr) {
    context_.seen->propose_head(status_, head_.view());
  }
}

void ResponseWriter::render_framing() {
  // RFC 9110 §8.6: never with 1xx or 204; with 304 only if the application knows it.
  const bool has_length =
      form_ == BodyForm::kLength || (status_ == 304 && fields_.content_length().has_value());
  if (has_length) {
    http::write_field(head_, "Content-Length", length_);
  } else if (form_ == BodyForm::kChunked) {
    http::write_field(head_, "Transfer-Encoding", "chunked");
    render_trailer_names();
  }
}

// RFC 9110 §6.6.2: of no use where no trailer is sent.
void ResponseWriter::render_trailer_names() {
  if (!fields_.announced().empty()) {
    http::write_field(head_, "Trailer", fields_.announced());
  }
}

void ResponseWriter::render_identity() {
  if (!fields_.has_date()) {
    http::write_field(head_, "Date", {context_.date.data(), context_.date.size()});
  }
  if (context_.ident.empty()) {
    return;
  }
  // RFC 9110 §7.6.3: a Server of the application's makes us a gateway in front of it.
  if (fields_.has_server()) {
    http::write_field(head_, "Via", base::concat("1.1 ", context_.ident));
  } else {
    http::write_field(head_, "Server", context_.ident);
  }
}

// Frameworks send it themselves, as they have found it in the environ.
void ResponseWriter::render_id() {
  if (!fields_.has_line(id_field_)) {
    http::write_field(head_, id_field_, id_);
  }
}

// https://www.w3.org/TR/server-timing/: milliseconds. The answer's head is the end of what is
// known.
void ResponseWriter::render_timing() {
  const base::Micros taken = context_.seen->time_of(Moment::kTaken);
  if (taken.count() == 0) {
    return;
  }
  const base::Micros since = context_.seen->observers().clock.precise_now() - taken;
  http::write_field(head_, "Server-Timing",
                    base::concat("queue;dur=", to_millis(context_.seen->queue_time()),
                                 ", app;dur=", to_millis(since)));
}

}  // namespace wserve::app
