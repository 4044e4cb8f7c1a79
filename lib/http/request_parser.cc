// The two phases of a request: its head, found and checked as a whole, and its body, stored as it
// comes.
#include "http/request_parser.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "http/framing_crosscheck.h"

namespace wserve::http {

namespace {

constexpr ByteView kHeadEnd = "\r\n\r\n";

// RFC 9112 §2.2 asks to ignore at least one empty line before a request.
constexpr unsigned kMaxBlankLines = 2;

// A recycled parser keeps at most this much memory.
constexpr std::size_t kKeptMemory = 8 * 1024;

void terminate(char* head, ByteView text) noexcept {
  head[text.data() + text.size() - head] = '\0';
}

// Puts a NUL behind each text. None overwrites another: a blank, a colon or a CR stands there.
void terminate_texts(char* head, const Request& request) noexcept {
  terminate(head, request.method);
  terminate(head, request.target);
  for (const Field& field : request.fields) {
    terminate(head, field.name);
    terminate(head, field.value);
  }
}

}  // namespace

void RequestParser::restart(const ParserLimits& limits) noexcept {
  limits_ = &limits;
  phase_ = Phase::kHead;
  knows_version_ = false;
  wishes_continue_ = false;
  is_chunked_ = false;
  blank_lines_ = 0;
  line_begin_ = 0;
  body_left_ = 0;
  sink_ = nullptr;
  if (head_.capacity() > kKeptMemory) {
    head_ = std::string();
  } else {
    head_.clear();
  }
}

RequestParser::Progress RequestParser::feed(ByteView& input, Request& request) {
  if (phase_ == Phase::kHead) {
    if (const Progress progress = feed_head(input, request);
        progress != Progress::kNeedsMore || phase_ == Phase::kHead) {
      return progress;
    }
    if (limits_->pauses_at_head) {
      return Progress::kHead;
    }
  }
  return feed_body(input);
}

bool RequestParser::take_continue_wish(const Request& request) noexcept {
  return std::exchange(wishes_continue_, false) && phase_ == Phase::kBody &&
         request.body.size() == 0;
}

void RequestParser::skip_blank_lines(ByteView& input) noexcept {
  if (head_ == "\r" && input.starts_with('\n') && blank_lines_ < kMaxBlankLines) {
    head_.clear();
    input.remove_prefix(1);
    ++blank_lines_;
  }
  while (head_.empty() && input.starts_with("\r\n") && blank_lines_ < kMaxBlankLines) {
    input.remove_prefix(2);
    ++blank_lines_;
  }
}

RequestParser::Progress RequestParser::feed_head(ByteView& input, Request& request) {
  skip_blank_lines(input);
  if (head_.empty()) {
    if (const std::size_t end = input.find(kHeadEnd); end != ByteView::npos) {
      const ByteView head = input.substr(0, end + kHeadEnd.size());
      input.remove_prefix(head.size());
      return take_head(head, request);
    }
  }
  return feed_partial_head(input, request);
}

RequestParser::Progress RequestParser::feed_partial_head(ByteView& input, Request& request) {
  const std::size_t seen = head_.size();
  const char previous = seen > 0 ? head_.back() : '\0';
  // The limit may have become smaller since.
  const std::size_t max = limits_->max_head_bytes + kHeadEnd.size();
  const ByteView piece = input.substr(0, max - std::min(max, seen));
  head_.append(piece);
  // The end may lie across the border: look again from three bytes before it.
  const std::size_t end = head_.find(kHeadEnd, seen - std::min<std::size_t>(seen, 3));
  if (end != std::string::npos) {
    const std::size_t size = end + kHeadEnd.size();
    input.remove_prefix(size - seen);
    return take_head(ByteView(head_).substr(0, size), request);
  }
  input.remove_prefix(piece.size());
  if (is_hopeless(previous, piece)) {
    return refuse({400, "Bare CR or LF found in HTTP message"});
  }
  if (head_.size() > limits_->max_head_bytes) {
    return refuse_head_size(head_);
  }
  if (is_line_too_long(piece)) {
    return refuse(refuse_line_size(line_begin_ == 0, limits_->head.max_line_bytes));
  }
  if (!request.cover_head(head_.size())) {
    return refuse({503, "There is no memory left for the request head"});
  }
  return Progress::kNeedsMore;
}

// `piece` is the end of the head so far. A CR may stand there already.
bool RequestParser::is_line_too_long(ByteView piece) noexcept {
  if (const std::size_t at = piece.rfind('\n'); at != ByteView::npos) {
    line_begin_ = head_.size() - piece.size() + at + 1;
  }
  return head_.size() - line_begin_ > limits_->head.max_line_bytes + 1;
}

RequestParser::Progress RequestParser::take_head(ByteView head, Request& request) {
  if (head.size() + 2 * blank_lines_ > limits_->max_head_bytes) {
    return refuse_head_size(head);
  }
  char* place = request.arena.allocate(head.size());
  std::copy(head.begin(), head.end(), place);
  const ByteView kept(place, head.size());

  FramingRules rules;
  Verdict refused = parse_head(kept, limits_->head, rules, request);
  // An error page to a HEAD request has no body.
  knows_version_ = !request.method.empty();
  if (refused) {
    return refuse(*std::move(refused));
  }
  if ((refused = parse_target(request.method, request.target, request.arena, request.uri))) {
    return refuse(*std::move(refused));
  }
  // RFC 9110 §4.2.1: an origin-form target takes its host from there, and an http URI has one.
  if (rules.has_empty_host() && request.minor_version >= 1 && request.target.starts_with('/')) {
    return refuse({400, "Host is empty"});
  }
  if ((refused = rules.decide(request.minor_version, limits_->max_body_bytes, request.framing))) {
    return refuse(*std::move(refused));
  }
  if (!http_parser_agrees(place, request)) {
    return refuse({400, "The head can be read in two ways"});
  }
  terminate_texts(place, request);
  return begin_body(request);
}

RequestParser::Progress RequestParser::begin_body(Request& request) {
  phase_ = Phase::kBody;
  body_left_ = request.framing.length;
  wishes_continue_ = request.framing.expects_continue;
  if (request.framing.body == BodyKind::kNone) {
    return ready();
  }
  spool_ = &request.body;
  is_chunked_ = request.framing.body == BodyKind::kChunked;
  if (is_chunked_) {
    chunks_.restart(limits_->max_body_bytes, limits_->max_chunk_overhead);
  }
  return Progress::kNeedsMore;
}

bool RequestParser::limit_body(std::uint64_t max_bytes) {
  if (is_chunked_) {
    chunks_.limit(max_bytes);
    return true;
  }
  if (body_left_ <= max_bytes) {
    return true;
  }
  static_cast<void>(refuse(body_too_long(max_bytes, BodyLimit::kApplication)));
  return false;
}

RequestParser::Progress RequestParser::feed_body(ByteView& input) {
  if (phase_ != Phase::kBody || input.empty()) {
    return Progress::kNeedsMore;
  }
  return is_chunked_ ? feed_chunks(input) : feed_length(input);
}

RequestParser::Progress RequestParser::feed_length(ByteView& input) {
  const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(input.size(), body_left_));
  const ByteView data = input.substr(0, taken);
  input.remove_prefix(taken);
  body_left_ -= taken;
  if (store(data) == Progress::kRefused) {
    return Progress::kRefused;
  }
  return body_left_ == 0 ? ready() : Progress::kNeedsMore;
}

// What one read has brought goes to a file in few writes, however small the chunks are.
RequestParser::Progress RequestParser::feed_chunks(ByteView& input) {
  base::SpoolWriter body(*spool_);
  ByteView data;
  ChunkDecoder::Progress decoded = chunks_.decode(input, data);
  while (decoded == ChunkDecoder::Progress::kData) {
    wishes_continue_ = false;
    if (const base::Status stored = sink_ != nullptr ? sink_->append(data) : body.append(data);
        !stored.is_ok()) {
      return refuse_storage(stored);
    }
    decoded = chunks_.decode(input, data);
  }
  if (decoded == ChunkDecoder::Progress::kRefused) {
    return refuse(chunks_.refusal());
  }
  if (const base::Status stored = body.flush(); !stored.is_ok()) {
    return refuse_storage(stored);
  }
  return decoded == ChunkDecoder::Progress::kDone ? ready() : Progress::kNeedsMore;
}

RequestParser::Progress RequestParser::store(ByteView data) {
  wishes_continue_ = false;
  const base::Status stored = sink_ != nullptr ? sink_->append(data) : spool_->append(data);
  return stored.is_ok() ? Progress::kNeedsMore : refuse_storage(stored);
}

RequestParser::Progress RequestParser::refuse_storage(const base::Status& why) {
  return refuse({503, "The request body cannot be stored", why.message()});
}

RequestParser::Progress RequestParser::ready() noexcept {
  phase_ = Phase::kOver;
  return Progress::kReady;
}

RequestParser::Progress RequestParser::refuse(Refusal refusal) {
  phase_ = Phase::kOver;
  refusal_ = std::move(refusal);
  return Progress::kRefused;
}

// RFC 9112 §3 wants another status for a target that is too long than RFC 6585 §5 for fields.
RequestParser::Progress RequestParser::refuse_head_size(ByteView head) {
  const std::size_t limit = limits_->max_head_bytes;
  const bool line_fits = head.substr(0, limit).find('\r') != ByteView::npos;
  return line_fits ? refuse({431, base::concat("exceeds max_header of ", limit)})
                   : refuse({414, base::concat("The request line exceeds max_header of ", limit)});
}

}  // namespace wserve::http
