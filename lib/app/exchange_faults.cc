// What is wrong with a request or its answer: the client is told as far as it can be, and the log.
#include "app/exchange.h"
#include "base/guard.h"
#include "base/text.h"
#include "http/error_page.h"

namespace wserve::app {

using base::Severity;

namespace {

constexpr const char* kBusy = "All threads of the application are busy";
constexpr ByteView kUnexpected = "The server encountered an unexpected internal server error";

}  // namespace

void Exchange::refuse_malformed(const gateway::MalformedHeader& malformed) {
  service_->counts.count_refusal(400, Cause::kRefused);
  service_->client_logs.proxy_fields.write(
      Severity::kWarning, base::concat("Malformed proxy header \"", malformed.header, "\" from \"",
                                       gateway::peer_text(endpoint_), "\": ", malformed.reason,
                                       " value: ", base::excerpt(malformed.value)));
  writer_.forbid_keep_alive();
  set_cause(Cause::kRefused);
  const http::Refusal refusal{400, base::concat("Header \"", malformed.header, "\" malformed.")};
  static_cast<void>(reply_page(refusal, {}));
  log_faults();
}

void Exchange::reject(Cause cause) noexcept {
  set_cause(cause);
  service_->counts.count_refusal(503, cause);
  static_cast<void>(base::guarded([&]() -> Status {
    const bool is_read = service_->reads_marks() || service_->at_answer != nullptr;
    if (is_read && !prepare()) {
      return {};
    }
    if (service_->client_logs.refusals.wants(Severity::kInfo)) {
      service_->client_logs.refusals.write(
          Severity::kInfo,
          base::concat("rejected a request from ", gateway::peer_text(endpoint_), ": 503 ", kBusy));
    }
    writer_.forbid_keep_alive();
    Status sent = writer_.add_field("Retry-After", http::kRetryAfterSeconds);
    if (sent.is_ok()) {
      sent = reply_page({503, kBusy}, service_->site.ident);
      log_faults();
    }
    return sent;
  }));
}

void Exchange::fail(ByteView text) {
  if (writer_.is_ended()) {
    return;
  }
  if (writer_.is_at_hook()) {
    log_failure(false, "A callback for the answer has failed for ", text);
    return;
  }
  log_loss();
  log_failure(has_lost_client(), "Exception while serving ", text);
  answer_failure(text);
}

// A client that has left is nobody's mistake, and an everyday thing. An answer that was cut has
// been logged with its cause; what the application makes of it is no second fault.
void Exchange::log_failure(bool has_left, const char* otherwise, ByteView text) {
  const bool is_lost = sink_->peer_state() == PeerState::kLost;
  const char* begin = is_lost    ? "The answer was cut before while serving "
                      : has_left ? "Client disconnected while serving "
                                 : otherwise;
  service_->client_logs.failures.write(is_lost || has_left ? Severity::kInfo : Severity::kError,
                                       base::concat(begin, named(), ": ", text));
}

// Once for each answer; what the loop finds out, such as a file that has become shorter, it says
// itself.
void Exchange::log_loss() {
  const Status& loss = writer_.loss();
  if (loss.is_ok() || std::exchange(is_loss_logged_, true)) {
    return;
  }
  service_->client_logs.failures.write(
      Severity::kError,
      base::concat("The answer to ", named(), " was cut: ",
                   loss.message().empty() ? "no memory is left" : loss.message().c_str()));
}

void Exchange::give_up(ByteView text) {
  if (!writer_.is_ended() && !writer_.is_at_hook()) {
    answer_failure(text);
  }
}

void Exchange::answer_failure(ByteView text) {
  set_cause(has_lost_client() ? Cause::kClientGone : Cause::kFailed);
  if (writer_.is_head_sent()) {
    writer_.abort();
    return;
  }
  static_cast<void>(writer_.discard());
  writer_.forbid_keep_alive();
  // A developer's text goes before the site's page.
  if (service_->expose_tracebacks && !text.empty()) {
    const http::Refusal refusal{500, std::string(text)};
    static_cast<void>(writer_.reply(500, http::kPlainText,
                                    http::render_error_body(refusal, service_->site.ident)));
  } else {
    static_cast<void>(reply_page({500, std::string(kUnexpected)}, service_->site.ident));
  }
}

// The site's page, or one that says who made it.
Status Exchange::reply_page(const http::Refusal& refusal, ByteView made_by) {
  if (const http::SitePage* page = service_->pages.find(refusal.status)) {
    return writer_.reply(refusal.status, page->type, page->body);
  }
  return writer_.reply(refusal.status, http::kPlainText, http::render_error_body(refusal, made_by));
}

void Exchange::log_faults() {
  log_loss();
  if (writer_.length_fault() != ResponseWriter::LengthFault::kNone) {
    log_length_fault();
  }
}

void Exchange::log_length_fault() {
  using Fault = ResponseWriter::LengthFault;
  switch (writer_.length_fault()) {
    case Fault::kNone:
      break;
    case Fault::kTooMuch:
      service_->client_logs.failures.write(
          Severity::kWarning,
          base::concat("application-written content exceeded the number of bytes specified by "
                       "Content-Length header (",
                       writer_.declared_length(), ')'));
      break;
    case Fault::kTooLittle:
      log_missing_bytes();
      break;
    case Fault::kNotAllowed:
      service_->client_logs.failures.write(
          Severity::kWarning,
          base::concat("application-written content was ignored due to HTTP response that may not "
                       "contain a message-body: (",
                       writer_.status(), ')'));
      break;
  }
}

void Exchange::log_missing_bytes() {
  if (has_lost_client() || sink_->peer_state() == PeerState::kLost) {
    return;  // there was nobody to write to, or no place
  }
  if (!refused_file_.empty()) {
    service_->client_logs.failures.write(
        Severity::kError,
        base::concat("The answer to ", named(), " lacks a file: ", refused_file_));
    return;
  }
  service_->client_logs.failures.write(
      Severity::kWarning,
      base::concat("application returned too few bytes (", writer_.body_bytes(),
                   ") for specified Content-Length (", writer_.declared_length(), ')'));
}

// Who lets go because the client sends no more has done what is usual: most of them have left.
void Exchange::drop() {
  constexpr ByteView kText = "the request was dropped without an answer";
  log_loss();
  const bool has_left = has_lost_client() || sink_->peer_state() == PeerState::kHalfClosed;
  log_failure(has_left, "Exception while serving ", kText);
  answer_failure(kText);
}

}  // namespace wserve::app
