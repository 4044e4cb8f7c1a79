// Answers whose body passes through encoders before it is sent.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "app/response_writer.h"
#include "base/guard.h"
#include "base/uninterrupted.h"

namespace wserve::app {

using base::Code;

namespace {

// So much of what was made is kept before it is sent; and before anything is, so that the length of
// short answers is known.
constexpr std::size_t kMaxKept = 64 * 1024;
constexpr std::size_t kMaxWhole = 256 * 1024;
constexpr std::size_t kFilePiece = 64 * 1024;

constexpr int kNoContent = 204;
constexpr int kResetContent = 205;
constexpr int kNotModified = 304;

// As many bytes as there are, at most a piece.
Status read_piece(const FilePart& part, std::array<char, kFilePiece>& buffer, ByteView& piece) {
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(part.size, buffer.size()));
  const ssize_t got = base::uninterrupted([&] {
    return ::pread(part.file.get(), buffer.data(), wanted, static_cast<off_t>(part.offset));
  });
  if (got < 0) {
    return base::system_failure("reading the file", errno);
  }
  if (got == 0) {
    return {Code::kSystem, "the file has become shorter"};
  }
  piece = ByteView(buffer.data(), static_cast<std::size_t>(got));
  return {};
}

}  // namespace

Status ResponseWriter::add_encoder(std::unique_ptr<Encoder>& encoder) {
  if (phase_ > Phase::kHook || cannot_encode_ || (coding_ && coding_->is_running())) {
    return {Code::kState, "an encoder comes before the head of the answer"};
  }
  if (coding_) {
    coding_->add(encoder);
  } else {
    auto coding = std::make_unique<Coding>();
    coding->add(encoder);
    coding_ = std::move(coding);
  }
  take_length();
  return {};
}

// What the application has declared is how long its own bytes are.
void ResponseWriter::take_length() noexcept {
  if (const auto given = fields_.content_length()) {
    length_is_known_ = true;
    length_ = *given;
    fields_.remove("Content-Length");
  }
}

bool ResponseWriter::finds_encoders() noexcept {
  meet_hook();
  const bool is_bodiless =
      status_ == kNoContent || status_ == kResetContent || status_ == kNotModified;
  if (phase_ == Phase::kStarted && is_bodiless) {
    coding_.reset();
  }
  return coding_ != nullptr;
}

Status ResponseWriter::put_encoded(ByteView made) {
  if (!coding_ || !coding_->is_running()) {
    return {Code::kState, "encoded bytes come from an encoder, while it is called"};
  }
  return coding_->remember(base::guarded([&]() -> Status {
    Status put = coding_->put(made);
    return put.is_ok() ? make_room() : put;
  }));
}

// What is kept must not become as long as a long body.
Status ResponseWriter::make_room() {
  if (coding_->kept().size() < (phase_ == Phase::kCoding ? kMaxKept : kMaxWhole)) {
    return {};
  }
  if (phase_ == Phase::kHook) {
    render_coded_head({});
    phase_ = Phase::kCoding;
  }
  Status pushed = push_kept(coding_->may_wait() ? Then::kMore : Then::kMoreNow);
  if (!pushed.is_ok()) {
    coding_->set_unsent();
  }
  return pushed;
}

// With the head, where that was not sent.
Status ResponseWriter::push_kept(Then then) {
  const ByteView made = may_have_body() ? coding_->kept() : ByteView();
  Status pushed = !made.empty()            ? push_content(made, then)
                  : !head_.empty()         ? push_head_only(then)
                  : then == Then::kMoreNow ? push({}, then)
                                           : check_client();
  coding_->clear_kept();
  head_.clear();
  return pushed;
}

Status ResponseWriter::encode(ByteView data, EncodeStep step) {
  phase_ = phase_ == Phase::kStarted ? Phase::kHook : Phase::kCoding;
  Status outcome = coding_->run(data, step);
  phase_ = phase_ == Phase::kHook ? Phase::kStarted : Phase::kBody;
  return outcome.is_ok() || coding_->is_unsent() ? outcome : fail_coding(std::move(outcome));
}

// Before anything was sent another answer may take its place, one that is not encoded.
Status ResponseWriter::fail_coding(Status failure) {
  if (phase_ == Phase::kStarted) {
    forget();
    coding_.reset();
    cannot_encode_ = true;
    written_ = 0;
    length_fault_ = LengthFault::kNone;
    return failure;
  }
  if (context_.seen != nullptr) {
    context_.seen->set_cause(Cause::kFailed);
  }
  keep_loss(failure);
  abort();
  return failure;
}

// The head waits for the first bytes: an encoder that fails on these leaves room for another
// answer.
void ResponseWriter::begin_coded() noexcept {
  if (phase_ == Phase::kStarted) {
    take_length();
    form_ = BodyForm::kChunked;  // until the head says what it is
  } else {
    head_.clear();
  }
}

// What was kept, behind the head of an answer that becomes nobody knows how long.
Status ResponseWriter::push_coded(Then then) {
  if (phase_ == Phase::kStarted) {
    render_coded_head({});
  }
  return push_kept(then);
}

// The head says how long that is which the encoders have made: nobody knows, or this is all of it.
// What the application may write is known as it was.
void ResponseWriter::render_coded_head(std::optional<std::uint64_t> made) {
  take_length();  // that which came behind the encoder
  const bool is_known = std::exchange(length_is_known_, made.has_value());
  const std::uint64_t length = std::exchange(length_, made.value_or(0));
  render_head();
  length_is_known_ = is_known;
  length_ = length;
}

Status ResponseWriter::write_coded(ByteView data, Then then) {
  begin_coded();
  const ByteView admitted = data.substr(0, static_cast<std::size_t>(admit(data.size())));
  if (may_have_body()) {
    const bool is_urgent = then == Then::kMoreNow;
    Status encoded = encode(admitted, is_urgent ? EncodeStep::kFlush : EncodeStep::kMore);
    if (!encoded.is_ok()) {
      return encoded;
    }
  }
  return push_coded(then);
}

Status ResponseWriter::send_file_coded(FilePart part) {
  auto buffer = std::make_unique<std::array<char, kFilePiece>>();
  begin_coded();
  part.size = admit(part.size);
  Status status = part.size == 0 ? push_coded(Then::kMore) : Status();
  while (part.size > 0 && status.is_ok()) {
    ByteView piece;
    if (Status read = read_piece(part, *buffer, piece); !read.is_ok()) {
      return fail_coding(std::move(read));
    }
    part.offset += piece.size();
    part.size -= piece.size();
    status = encode(piece, EncodeStep::kMore);
    status = status.is_ok() ? push_coded(Then::kMore) : status;
  }
  return status;
}

Status ResponseWriter::end_coded(ByteView last) {
  const bool is_first = phase_ == Phase::kStarted && trailers_.empty();
  begin_coded();
  const ByteView content = last.substr(0, static_cast<std::size_t>(room_for(last.size())));
  static_cast<void>(admit(last.size()));
  if (lacks_bytes()) {
    return end_short(content);
  }
  is_body_left_out_ = is_first && context_.is_head && last.empty();
  // An answer to HEAD has the fields of that to GET, its length too.
  if (may_have_body() || (is_first && !is_body_left_out_)) {
    if (Status encoded = encode(content, EncodeStep::kEnd); !encoded.is_ok()) {
      return encoded;
    }
  }
  if (phase_ == Phase::kStarted) {
    render_coded_head(is_first ? std::optional<std::uint64_t>(coding_->kept().size())
                               : std::nullopt);
  }
  const std::unique_ptr<Coding> coding = std::move(coding_);  // finish() would let go of it
  return close_body(may_have_body() ? coding->kept() : ByteView());
}

// Fewer bytes than the application has declared: the client shall not take them for all.
Status ResponseWriter::end_short(ByteView last) {
  if (phase_ == Phase::kStarted) {
    render_coded_head({});
  }
  Status sent = encode(last, EncodeStep::kFlush);
  if (sent.is_ok()) {
    sent = push_kept(Then::kMoreNow);
  }
  on_storage_lack();
  abort();
  return sent;
}

}  // namespace wserve::app
