// The response rules of RFC 9110 and 9112: which framing an answer gets and when the connection
// closes behind it.
#include "app/response_writer.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <limits>

#include "base/text.h"
#include "http/answer_head.h"
#include "http/chunk_encoder.h"
#include "http/grammar.h"
#include "http/status_text.h"

namespace wserve::app {

using base::Code;

namespace {

constexpr int kUpgradeRequired = 426;

Status too_late() {
  return {Code::kState, "the answer has gone too far for this call"};
}

Status check_status(int status, ByteView reason) {
  if (status < 200 || status > 599) {
    return {Code::kInvalid, base::concat("status must be 200..599, got ", status)};
  }
  if (!http::is_field_value(reason)) {
    return {Code::kInvalid, "the reason holds CR, LF, NUL or another control character"};
  }
  return {};
}

}  // namespace

void ResponseWriter::restart(const ResponseContext& context) noexcept {
  assert(!coding_);  // whatever ends an answer lets go of its encoders
  context_ = context;
  id_ = {};
  closes_ = cannot_encode_ = false;
  forget();
  form_ = BodyForm::kNone;
  length_fault_ = LengthFault::kNone;
  length_ = written_ = 0;
  if (!loss_.is_ok()) {
    loss_ = {};
  }
}

Status ResponseWriter::discard() {
  if (phase_ > Phase::kStarted) {
    return too_late();
  }
  forget();
  coding_.reset();
  return {};
}

void ResponseWriter::forget() noexcept {
  phase_ = Phase::kFresh;
  status_ = 0;
  length_is_known_ = is_body_left_out_ = is_seen_by_hook_ = false;
  reason_.clear();
  fields_.clear();
  trailers_.clear();
}

void ResponseWriter::abandon() noexcept {
  set_ended();
  coding_.reset();
}

Status ResponseWriter::start(int status, ByteView reason) {
  if (phase_ != Phase::kFresh) {
    return too_late();
  }
  if (Status checked = check_status(status, reason); !checked.is_ok()) {
    return checked;
  }
  if (Status permitted = fields_.permit_upgrade(status == kUpgradeRequired); !permitted.is_ok()) {
    return permitted;
  }
  status_ = status;
  if (!reason.empty()) {
    reason_ = reason;
  }
  phase_ = Phase::kStarted;
  return {};
}

Status ResponseWriter::add_field(ByteView name, ByteView value) {
  return phase_ > Phase::kHook ? too_late() : fields_.add(name, value);
}

Status ResponseWriter::set_field(ByteView name, ByteView value) {
  return phase_ > Phase::kHook ? too_late() : fields_.set(name, value);
}

Status ResponseWriter::remove_field(ByteView name) {
  if (phase_ > Phase::kHook) {
    return too_late();
  }
  fields_.remove(name);
  return {};
}

Status ResponseWriter::add_trailer(ByteView name, ByteView value) {
  if (phase_ == Phase::kEnded) {
    return too_late();
  }
  if (Status checked = check_trailer(name, value); !checked.is_ok()) {
    return checked;
  }
  trailers_.reserve(trailers_.size() + name.size() + value.size() + 4);
  if (phase_ < Phase::kBody) {
    fields_.announce(name);
  }
  http::write_field(trailers_, name, value);
  return {};
}

// Sends the fields added so far and forgets them. A 1.0 client knows no 1xx (RFC 9110 §15.2).
Status ResponseWriter::interim(int status) {
  if (phase_ != Phase::kFresh) {
    return too_late();
  }
  if (status < 102 || status > 199) {
    return {Code::kInvalid, base::concat("an interim status must be 102..199, got ", status)};
  }
  if (Status permitted = fields_.permit_upgrade(false); !permitted.is_ok()) {
    return permitted;
  }
  http::begin_head(head_, context_.minor_version, status, http::status_text(status));
  head_.append(fields_.lines());
  http::end_head(head_);
  closes_ = closes_ || fields_.wants_close();  // of the connection, not of this answer
  fields_.clear();
  if (context_.minor_version == 0) {
    return {};
  }
  return push_head_only(Then::kInterim);
}

Status ResponseWriter::send_continue() {
  return is_head_sent() ? Status() : context_.sink->push({&http::kContinue, 1}, Then::kInterim);
}

Status ResponseWriter::write(ByteView data, Then then) {
  if (!may_write()) {
    return too_late();
  }
  if (data.empty()) {
    return {};
  }
  return is_coded() ? write_coded(data, then) : push_body(data, then);
}

Status ResponseWriter::flush() {
  if (!may_write()) {
    return too_late();
  }
  if (is_coded()) {
    return write_coded({}, Then::kMoreNow);
  }
  if (phase_ == Phase::kStarted) {
    render_head();
    return push_head_only(Then::kMoreNow);
  }
  return push({}, Then::kMoreNow);
}

Status ResponseWriter::send_file(FilePart part) {
  if (!may_write()) {
    return too_late();
  }
  if (is_coded()) {
    return send_file_coded(std::move(part));
  }
  if (phase_ == Phase::kStarted) {
    render_head();
    if (Status head = push_head_only(Then::kMore); !head.is_ok()) {
      return head;
    }
  }
  part.size = admit(part.size);
  if (part.size == 0) {
    return {};
  }
  if (form_ != BodyForm::kChunked) {
    return push_file(std::move(part));
  }
  const http::ChunkHeader chunk(part.size);
  const ByteView header = chunk.view();
  Status pushed = push({&header, 1}, Then::kMore);
  if (pushed.is_ok()) {
    pushed = push_file(std::move(part));
  }
  return pushed.is_ok() ? push({&http::kChunkEnd, 1}, Then::kMore) : pushed;
}

Status ResponseWriter::end(ByteView last) {
  if (!may_write()) {
    return too_late();
  }
  if (phase_ == Phase::kStarted && trailers_.empty()) {
    set_whole_body(last.size());
  }
  if (is_coded()) {
    return end_coded(last);
  }
  if (phase_ == Phase::kStarted) {
    render_head();
  } else {
    head_.clear();
  }
  return close_body(last.substr(0, static_cast<std::size_t>(admit(last.size()))));
}

Status ResponseWriter::reply(int status, ByteView content_type, ByteView data) {
  if (Status started = start(status, {}); !started.is_ok()) {
    return started;
  }
  if (!content_type.empty()) {
    if (Status added = fields_.add_content_type(content_type); !added.is_ok()) {
      phase_ = Phase::kFresh;
      return added;
    }
  }
  set_whole_body(data.size());
  if (is_coded()) {
    return end_coded(data);
  }
  render_head();
  const auto admitted = static_cast<std::size_t>(admit(data.size()));
  const std::array<ByteView, 2> pieces = {head_.view(), data.substr(0, admitted)};
  return push(pieces, finish());
}

void ResponseWriter::abort() noexcept {
  if (phase_ == Phase::kEnded) {
    return;
  }
  // Only a length or chunks let the client see on its own that something is missing.
  const bool is_visible = form_ == BodyForm::kLength || form_ == BodyForm::kChunked;
  abandon();
  static_cast<void>(context_.sink->push({}, is_visible ? Then::kClose : Then::kCut));
}

// There is no more of the body than this. But to HEAD most applications give none, and then nobody
// knows how long that of GET is: RFC 9110 §8.6 forbids to say another length.
void ResponseWriter::set_whole_body(std::size_t size) noexcept {
  if (fields_.content_length()) {
    return;
  }
  is_body_left_out_ = context_.is_head && size == 0;
  length_is_known_ = !is_body_left_out_;
  length_ = size;
}

// The answer is complete, or as complete as it gets.
Then ResponseWriter::finish() noexcept {
  set_ended();
  if (lacks_bytes()) {
    on_storage_lack();
    return Then::kClose;
  }
  return context_.keep_alive ? Then::kKeepOpen : Then::kClose;
}

void ResponseWriter::on_storage_lack() noexcept {
  length_fault_ = LengthFault::kTooLittle;
  if (context_.seen != nullptr) {
    context_.seen->set_cause(Cause::kFailed);
  }
}

std::uint64_t ResponseWriter::admit(std::uint64_t size) noexcept {
  const std::uint64_t before = written_;
  written_ += std::min(size, std::numeric_limits<std::uint64_t>::max() - before);
  if (form_ == BodyForm::kNone) {
    length_fault_ = size > 0 ? LengthFault::kNotAllowed : length_fault_;
  } else if (length_is_known_ && written_ > length_) {
    length_fault_ = LengthFault::kTooMuch;
    size = length_ - std::min(length_, before);
  }
  return may_have_body() ? size : 0;
}

std::optional<std::uint64_t> ResponseWriter::declared() const noexcept {
  const auto given = fields_.content_length();
  return !given && length_is_known_ ? std::optional(length_) : given;
}

std::uint64_t ResponseWriter::room_for(std::uint64_t size) const noexcept {
  const auto length = declared();
  return length ? std::min(size, *length - std::min(*length, written_)) : size;
}

void ResponseWriter::keep_loss(const Status& pushed) {
  if (pushed.code() != Code::kDisconnected && loss_.is_ok()) {
    loss_ = pushed;
  }
}

Status ResponseWriter::push_body(ByteView data, Then then) {
  if (phase_ == Phase::kStarted) {
    render_head();
  } else {
    head_.clear();
  }
  const ByteView admitted = data.substr(0, static_cast<std::size_t>(admit(data.size())));
  if (admitted.empty()) {
    return head_.empty() ? check_client() : push_head_only(then);
  }
  return push_content(admitted, then);
}

Status ResponseWriter::push_content(ByteView content, Then then) {
  if (form_ != BodyForm::kChunked) {
    const std::array<ByteView, 2> pieces = {head_.view(), content};
    return push(pieces, then);
  }
  const http::ChunkHeader chunk(content.size());
  const std::array<ByteView, 4> pieces = {head_.view(), chunk.view(), content, http::kChunkEnd};
  return push(pieces, then);
}

// For bytes that are not sent: who writes until the client leaves hears of it in an answer to HEAD,
// too.
Status ResponseWriter::check_client() const noexcept {
  const PeerState peer = context_.sink->peer_state();
  const bool has_left =
      peer == PeerState::kDisconnected || peer == PeerState::kTimeUp || peer == PeerState::kLost;
  return has_left ? Status(Code::kDisconnected) : Status();
}

Status ResponseWriter::push_head_only(Then then) {
  const ByteView head = head_.view();
  return push({&head, 1}, then);
}

// What is left of the head, the last bytes and the end of the body, in one push: a client that
// stops reading behind the last byte of the content would leave the end to be taken for the next
// answer.
Status ResponseWriter::close_body(ByteView last) {
  if (form_ != BodyForm::kChunked || !may_have_body()) {
    const std::array<ByteView, 2> pieces = {head_.view(), last};
    return push(pieces, finish());
  }
  const http::ChunkHeader chunk(last.size());
  const bool has_data = !last.empty();
  const std::array<ByteView, 6> pieces = {head_.view(),
                                          has_data ? chunk.view() : ByteView(),
                                          last,
                                          has_data ? http::kLastChunkBehindData : http::kLastChunk,
                                          trailers_.view(),
                                          http::kLineEnd};
  return push(pieces, finish());
}

}  // namespace wserve::app
