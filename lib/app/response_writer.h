// Writes one answer: status line, fields, framing, body, and nothing that would break the next one.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "app/coding.h"
#include "app/observation.h"
#include "app/response_fields.h"
#include "app/response_sink.h"
#include "app/running_requests.h"
#include "http/http_date.h"

namespace wserve::app {

// Sees an answer before its head goes out, and may change its fields.
class AnswerHook {
 public:
  virtual void before_head() noexcept = 0;

 protected:
  ~AnswerHook() = default;
};

// What the writer must know of the request and the server.
struct ResponseContext {
  ResponseSink* sink = nullptr;
  int minor_version = 1;    // of the request
  bool is_head = false;     // the request asks for no body
  bool keep_alive = false;  // client and server would use the connection again
  const std::atomic<bool>* is_draining = nullptr;  // when set and true, keep_alive is over
  base::ByteView ident;                            // Server; empty for none
  http::HttpDate::Text date{};
  Observation* seen = nullptr;                // null: nobody observes
  bool tells_timing = false;                  // Server-Timing, of what `seen` knows
  RunningRequests::Entry* running = nullptr;  // leaves once the answer is given; null: nobody looks
  AnswerHook* hook = nullptr;
};

class ResponseWriter {
 public:
  // Ready for the next answer. What `context` refers to must outlive it.
  void restart(const ResponseContext& context) noexcept;
  // The server will close the connection behind this answer. Before the head is sent.
  void forbid_keep_alive() noexcept { context_.keep_alive = false; }
  [[nodiscard]] bool keeps_alive() const noexcept { return context_.keep_alive; }
  void permit_keep_alive() noexcept { context_.keep_alive = true; }

  // A field of every final answer that has none of this name. Both must stay.
  void name_request(ByteView field, ByteView id) noexcept {
    id_field_ = field;
    id_ = id;
  }

  // Each returns kState when it comes too early or too late, kInvalid for what may not be sent,
  // kDisconnected when the client has gone.
  Status start(int status, ByteView reason);
  Status add_field(ByteView name, ByteView value);
  Status set_field(ByteView name, ByteView value);
  Status remove_field(ByteView name);
  [[nodiscard]] std::optional<std::string> find_field(ByteView name) const {
    return fields_.find(name);
  }
  [[nodiscard]] std::optional<ResponseFields::Field> field_at(std::size_t index) const {
    return fields_.at(index);
  }
  Status add_trailer(ByteView name, ByteView value);
  Status interim(int status);
  // "100 Continue": the client may send the body. Nothing happens once the head is sent.
  Status send_continue();
  // With Then::kMoreNow it does not wait for a slow client.
  Status write(ByteView data, Then then = Then::kMore);
  Status flush();
  // The hook sees a started answer now, before its head is made, and not again.
  void meet_hook() noexcept {
    if (context_.hook != nullptr) [[unlikely]] {
      show_to_hook();
    }
  }
  // Another hook than that of the context. It must outlive the answer.
  void set_hook(AnswerHook& hook) noexcept { context_.hook = &hook; }
  // Takes of the part what Content-Length leaves room for.
  Status send_file(FilePart part);
  // `last` is what is left of the body: it goes out together with its end.
  Status end(ByteView last = {});
  // Start, one body of known length, end: in one push.
  Status reply(int status, ByteView content_type, ByteView data);

  // The body passes through an encoder, behind those that were added before; not for an answer
  // that has none. When it returns a failure, the encoder is still the caller's.
  Status add_encoder(std::unique_ptr<Encoder>& encoder);
  // In an encoder: bytes that it has made.
  Status put_encoded(ByteView made);
  // How long the body is that is sent; nothing when that is not known.
  [[nodiscard]] std::optional<std::uint64_t> body_length() const noexcept {
    return coding_ ? std::nullopt : declared();
  }

  // Gives up: the connection closes so that the client sees a broken answer. Only after the head.
  void abort() noexcept;
  // Forgets what was started; kState once the head is sent, or on its way.
  Status discard();
  // Something else has taken the connection.
  void abandon() noexcept;

  [[nodiscard]] bool is_started() const noexcept { return phase_ != Phase::kFresh; }
  // An encoder is being called.
  [[nodiscard]] bool is_encoding() const noexcept { return coding_ && coding_->is_running(); }
  // The hook has it, which may change fields and do nothing else; or an encoder.
  [[nodiscard]] bool is_at_hook() const noexcept {
    return phase_ == Phase::kHook || phase_ == Phase::kCoding;
  }
  [[nodiscard]] bool is_head_sent() const noexcept { return phase_ >= Phase::kBody; }
  [[nodiscard]] bool is_ended() const noexcept { return phase_ == Phase::kEnded; }
  [[nodiscard]] int status() const noexcept { return status_; }
  [[nodiscard]] std::uint64_t body_bytes() const noexcept { return written_; }
  // Memory that stays for the next answer.
  [[nodiscard]] std::size_t kept_bytes() const noexcept {
    return head_.capacity() + fields_.capacity() + trailers_.capacity() + reason_.capacity();
  }

  // What was wrong with the length of the answer that has ended, for the log; null when nothing.
  enum class LengthFault : std::uint8_t { kNone, kTooMuch, kTooLittle, kNotAllowed };
  [[nodiscard]] LengthFault length_fault() const noexcept { return length_fault_; }
  [[nodiscard]] std::uint64_t declared_length() const noexcept { return length_; }
  // How many of `size` further bytes Content-Length leaves room for; also before the head is sent.
  [[nodiscard]] std::uint64_t room_for(std::uint64_t size) const noexcept;
  // Why a part of the answer could not be kept until the client reads it; good when none was lost.
  [[nodiscard]] const Status& loss() const noexcept { return loss_; }

 private:
  enum class Phase : std::uint8_t { kFresh, kStarted, kHook, kBody, kCoding, kEnded };
  enum class BodyForm : std::uint8_t { kLength, kChunked, kUntilClose, kNone };

  [[nodiscard]] bool may_have_body() const noexcept;
  [[nodiscard]] bool may_write() const noexcept {
    return phase_ == Phase::kStarted || phase_ == Phase::kBody;
  }
  void set_ended() noexcept {
    phase_ = Phase::kEnded;
    if (context_.running != nullptr) {
      context_.running->leave();
    }
  }
  void forget() noexcept;
  void show_to_hook() noexcept;
  // How long the body of the application is, as far as it is known.
  [[nodiscard]] std::optional<std::uint64_t> declared() const noexcept;
  void set_whole_body(std::size_t size) noexcept;
  // Fewer bytes than the application has declared.
  [[nodiscard]] bool lacks_bytes() const noexcept {
    return length_is_known_ && written_ < length_ && may_have_body();
  }
  void on_storage_lack() noexcept;
  void choose_form();
  void render_head();
  void render_framing();
  void render_trailer_names();
  void render_identity();
  void render_id();
  void render_timing();
  [[nodiscard]] Then finish() noexcept;
  // How many of `size` further body bytes go on the wire.
  [[nodiscard]] std::uint64_t admit(std::uint64_t size) noexcept;
  Status push(std::span<const ByteView> pieces, Then then) {
    Status pushed = context_.sink->push(pieces, then);
    check_loss(pushed);
    return pushed;
  }
  Status push_file(FilePart part) {
    Status pushed = context_.sink->push_file(std::move(part));
    check_loss(pushed);
    return pushed;
  }
  void check_loss(const Status& pushed) {
    if (!pushed.is_ok()) {
      keep_loss(pushed);
    }
  }
  void keep_loss(const Status& pushed);
  Status push_body(ByteView data, Then then);
  Status push_content(ByteView content, Then then);
  Status push_head_only(Then then);
  [[nodiscard]] Status check_client() const noexcept;
  Status close_body(ByteView last);

  // The hook has seen it; and its body passes through encoders. Few answers have either, and the
  // others pay for this test only.
  [[nodiscard]] bool is_coded() noexcept {
    if (context_.hook == nullptr && coding_ == nullptr) [[likely]] {
      return false;
    }
    return finds_encoders();
  }
  [[nodiscard]] bool finds_encoders() noexcept;
  void take_length() noexcept;
  void begin_coded() noexcept;
  Status push_coded(Then then);
  void render_coded_head(std::optional<std::uint64_t> made);
  Status write_coded(ByteView data, Then then);
  Status send_file_coded(FilePart part);
  Status end_coded(ByteView last);
  Status end_short(ByteView last);
  Status encode(ByteView data, EncodeStep step);
  Status fail_coding(Status failure);
  Status make_room();
  Status push_kept(Then then);

  ResponseContext context_;
  Phase phase_ = Phase::kFresh;
  BodyForm form_ = BodyForm::kNone;
  LengthFault length_fault_ = LengthFault::kNone;
  Status loss_;
  int status_ = 0;
  std::uint64_t length_ = 0;  // declared, when length_is_known_
  bool is_seen_by_hook_ = false;
  bool closes_ = false;  // an interim answer has asked for it
  bool length_is_known_ = false;
  bool is_body_left_out_ = false;  // the application has none for a HEAD request
  bool cannot_encode_ = false;  // an encoder of an answer in whose place this one stands has failed
  std::uint64_t written_ = 0;   // body bytes that the application has written
  ByteView id_field_;
  ByteView id_;         // empty: the request has none
  std::string reason_;  // empty: the usual one
  ResponseFields fields_;
  base::ByteBuffer head_;
  base::ByteBuffer trailers_;
  std::unique_ptr<Coding> coding_;  // null: the body goes out as it is
};

}  // namespace wserve::app
