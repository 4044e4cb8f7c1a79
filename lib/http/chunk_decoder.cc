// The chunk decoder: one state per byte that may come next.
#include "http/chunk_decoder.h"

#include <algorithm>

#include "base/text.h"
#include "http/framing.h"

namespace wserve::http {

namespace {

// A chunk size of eight digits and the line ends around the data.
constexpr std::uint64_t kUsualOverhead = 12;

}  // namespace

void ChunkDecoder::restart(std::uint64_t max_body, std::uint64_t max_overhead) noexcept {
  state_ = State::kSizeStart;
  chunk_left_ = 0;
  body_left_ = max_body_ = max_body;
  limit_ = BodyLimit::kOption;
  overhead_left_ = max_overhead_ = max_overhead;
  trailers_.clear();
}

void ChunkDecoder::limit(std::uint64_t max_body) noexcept {
  if (max_body < body_left_) {
    max_body_ = body_left_ = max_body;
    limit_ = BodyLimit::kApplication;
  }
}

ChunkDecoder::Progress ChunkDecoder::decode(ByteView& input, ByteView& data) {
  while (!input.empty()) {
    if (state_ == State::kData) {
      return take_data(input, data);
    }
    if (overhead_left_ == 0) {
      return refuse(413, "The chunk sizes, extensions and trailers are too long");
    }
    --overhead_left_;
    const char c = input.front();
    input.remove_prefix(1);
    if (const Progress progress = step(c); progress != Progress::kNeedsMore) {
      return progress;
    }
  }
  return Progress::kNeedsMore;
}

ChunkDecoder::Progress ChunkDecoder::refuse(int status, const char* why) {
  refusal_ = Refusal{status, why};
  return Progress::kRefused;
}

ChunkDecoder::Progress ChunkDecoder::take_data(ByteView& input, ByteView& data) {
  const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(input.size(), chunk_left_));
  data = input.substr(0, taken);
  input.remove_prefix(taken);
  chunk_left_ -= taken;
  if (chunk_left_ == 0) {
    state_ = State::kDataCr;
  }
  return Progress::kData;
}

ChunkDecoder::Progress ChunkDecoder::step(char c) {
  if (state_ == State::kSizeStart || state_ == State::kSize) {
    return step_size(c);
  }
  if (is_in_extension()) {
    return step_extension(c);
  }
  if (state_ < State::kTrailerStart) {
    return step_line_end(c);
  }
  return step_trailer(c);
}

bool ChunkDecoder::is_in_extension() const noexcept {
  return state_ >= State::kExtensionName && state_ <= State::kQuotedEnd;
}

// chunk-size = 1*HEXDIG: digits only, no sign, no blank, no "0x".
ChunkDecoder::Progress ChunkDecoder::step_size(char c) {
  const int digit = base::hex_value(c);
  if (digit >= 0) {
    // body_left_ bounds chunk_left_, so that the shift cannot overflow.
    if (chunk_left_ > body_left_ >> 4) {
      refusal_ = body_too_long(max_body_, limit_);
      return Progress::kRefused;
    }
    chunk_left_ = (chunk_left_ << 4) | static_cast<std::uint64_t>(digit);
    state_ = State::kSize;
    return Progress::kNeedsMore;
  }
  if (state_ == State::kSizeStart || (c != ';' && c != '\r')) {
    return refuse(400, "Invalid chunk size");
  }
  state_ = c == ';' ? State::kExtensionName : State::kSizeLf;
  return Progress::kNeedsMore;
}

// chunk-ext = *( ";" token [ "=" ( token / quoted-string ) ] ), without the blanks that RFC 9112
// §7.1.1 calls bad.
ChunkDecoder::Progress ChunkDecoder::step_extension(char c) {
  const bool ends = c == ';' || c == '\r';
  const State after_end = c == ';' ? State::kExtensionName : State::kSizeLf;
  bool fits = false;
  switch (state_) {
    case State::kExtensionName:
      fits = is_token_char(c);
      state_ = State::kExtensionNameOn;
      break;
    case State::kExtensionNameOn:
      fits = is_token_char(c) || c == '=' || ends;
      state_ = ends ? after_end : c == '=' ? State::kExtensionValue : state_;
      break;
    case State::kExtensionValue:
      fits = is_token_char(c) || c == '"';
      state_ = c == '"' ? State::kQuoted : State::kExtensionToken;
      break;
    case State::kExtensionToken:
      fits = is_token_char(c) || ends;
      state_ = ends ? after_end : state_;
      break;
    case State::kQuoted:
      fits = grammar::has(c, grammar::kValueBit);
      state_ = c == '"' ? State::kQuotedEnd : c == '\\' ? State::kQuotedPair : state_;
      break;
    case State::kQuotedPair:
      fits = grammar::has(c, grammar::kValueBit);
      state_ = State::kQuoted;
      break;
    default:  // kQuotedEnd
      fits = ends;
      state_ = after_end;
      break;
  }
  return fits ? Progress::kNeedsMore : refuse(400, "Invalid chunk extension");
}

// What carries data may last for ever; tiny chunks and long extensions may not.
void ChunkDecoder::pay_overhead_back() noexcept {
  overhead_left_ = std::min(max_overhead_, overhead_left_ + std::min(chunk_left_, kUsualOverhead));
}

ChunkDecoder::Progress ChunkDecoder::step_line_end(char c) {
  switch (state_) {
    case State::kSizeLf:
      return c == '\n' ? end_size_line() : refuse(400, "Invalid chunk size");
    case State::kDataCr:
      state_ = State::kDataLf;
      return c == '\r' ? Progress::kNeedsMore : refuse(400, "Chunk not properly terminated");
    default:  // kDataLf
      state_ = State::kSizeStart;
      return c == '\n' ? Progress::kNeedsMore : refuse(400, "Chunk not properly terminated");
  }
}

ChunkDecoder::Progress ChunkDecoder::end_size_line() {
  if (chunk_left_ == 0) {
    state_ = State::kTrailerStart;
    return Progress::kNeedsMore;
  }
  if (chunk_left_ > body_left_) {
    refusal_ = body_too_long(max_body_, limit_);
    return Progress::kRefused;
  }
  body_left_ -= chunk_left_;
  pay_overhead_back();
  state_ = State::kData;
  return Progress::kNeedsMore;
}

// Trailers are field lines; they are checked, and kept apart from the head (RFC 9110 §6.5.1).
ChunkDecoder::Progress ChunkDecoder::step_trailer(char c) {
  trailers_.push_back(c);
  bool fits = false;
  switch (state_) {
    case State::kTrailerStart:
      fits = is_token_char(c) || c == '\r';
      state_ = c == '\r' ? State::kEndLf : State::kTrailerName;
      break;
    case State::kTrailerName:
      fits = is_token_char(c) || c == ':';
      state_ = c == ':' ? State::kTrailerValue : state_;
      break;
    case State::kTrailerValue:
      fits = grammar::has(c, grammar::kValueBit) || c == '\r';
      state_ = c == '\r' ? State::kTrailerLf : state_;
      break;
    case State::kTrailerLf:
      fits = c == '\n';
      state_ = State::kTrailerStart;
      break;
    default:  // kEndLf
      return c == '\n' ? Progress::kDone : refuse(400, "Invalid trailer");
  }
  return fits ? Progress::kNeedsMore : refuse(400, "Invalid trailer");
}

}  // namespace wserve::http
