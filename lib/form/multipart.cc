// Finds boundaries in a window that moves over the body.
#include "form/multipart.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/text.h"

namespace wserve::form {

namespace {

constexpr ByteView kLineEnd = "\r\n";
constexpr ByteView kHeadEnd = "\r\n\r\n";
// RFC 2046 §5.1.1: blanks that a transport has added. HTTP has none that does; a few may be there.
constexpr std::size_t kMaxPadding = 64;

std::size_t room_for(std::uint64_t part_head) noexcept {
  return static_cast<std::size_t>(std::min(part_head, Limits::kMaxPartHead)) + kHeadEnd.size() +
         Multipart::kWindow;
}

}  // namespace

// A boundary in front of everything needs no line end: one is put there.
Multipart::Multipart(Source& source, const std::string& boundary, const Limits& limits)
    : source_(source),
      limits_(limits),
      delimiter_(base::concat(kLineEnd, "--", boundary)),
      capacity_(room_for(limits.part_head)),
      buffer_(base::make_byte_block(capacity_)),
      end_(kLineEnd.copy(buffer_.get(), kLineEnd.size())) {}

// What asks for more holds less than would fill the buffer.
Status Multipart::fill() {
  if (begin_ == end_ || end_ == capacity_) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  std::size_t got = 0;
  Status status = source_.read(buffer_.get() + end_, capacity_ - end_, got);
  end_ += got;
  has_ended_ = status.is_ok() && got == 0;
  return status;
}

Status Multipart::need_more() {
  if (has_ended_) {
    return {Code::kInvalid, "the body ends before its last boundary"};
  }
  return fill();
}

// How much is data for certain, and whether a delimiter stands behind it. A line end that may begin
// one is not data before more is there.
Status Multipart::find_data() {
  while (known_ == 0 && !is_at_delimiter_) {
    const char* const begin = buffer_.get() + begin_;
    const char* const end = buffer_.get() + end_;
    const char* at = begin;
    while ((at = static_cast<const char*>(
                std::memchr(at, '\r', static_cast<std::size_t>(end - at)))) != nullptr) {
      const std::size_t size = std::min(static_cast<std::size_t>(end - at), delimiter_.size());
      if (std::memcmp(at, delimiter_.data(), size) == 0) {
        is_at_delimiter_ = size == delimiter_.size();
        break;
      }
      ++at;
    }
    known_ = static_cast<std::size_t>((at != nullptr ? at : end) - begin);
    if (known_ > 0 || is_at_delimiter_) {
      break;
    }
    if (Status status = need_more(); !status.is_ok()) {
      return status;
    }
  }
  return {};
}

Status Multipart::skip_data() {
  for (;;) {
    if (Status status = find_data(); !status.is_ok()) {
      return status;
    }
    begin_ += std::exchange(known_, 0);
    if (is_at_delimiter_) {
      begin_ += delimiter_.size();
      is_at_delimiter_ = false;
      padding_ = 0;
      state_ = State::kDelimiter;
      return {};
    }
  }
}

// Behind a boundary: two dashes when it is the last one, blanks, the end of the line.
Status Multipart::end_delimiter() {
  for (;;) {
    const ByteView text = held();
    if (text.starts_with(kLineEnd)) {
      begin_ += kLineEnd.size();
      state_ = is_last_ ? State::kEpilogue : State::kHead;
      return {};
    }
    if (text.empty() && has_ended_ && is_last_) {
      state_ = State::kEpilogue;
      return {};
    }
    if (!text.empty() && base::is_blank(text.front()) && padding_ < kMaxPadding) {
      ++begin_;
      ++padding_;
    } else if (text.starts_with("--") && padding_ == 0 && !is_last_) {
      begin_ += 2;
      is_last_ = true;
    } else if (text.size() > 1 || (!text.empty() && text != "\r" && text != "-")) {
      return {Code::kInvalid, "something else than the end of a line stands behind a boundary"};
    } else if (Status status = text.empty() && is_last_ ? fill() : need_more(); !status.is_ok()) {
      return status;
    }
  }
}

Status Multipart::read_head() {
  if (parts_ == limits_.parts) {
    return {Code::kTooBig, base::concat("more than ", limits_.parts, " parts")};
  }
  for (;;) {
    const ByteView text = held();
    if (text.starts_with(kLineEnd)) {
      return {Code::kInvalid, "a part has no head"};
    }
    const std::size_t size = text.find(kHeadEnd, known_);
    known_ = text.size() - std::min(text.size(), kHeadEnd.size() - 1);
    if (std::min(size, known_) > limits_.part_head) {
      return {Code::kTooBig,
              base::concat("the head of a part has more than ", limits_.part_head, " bytes")};
    }
    if (size != ByteView::npos) {
      known_ = 0;
      return take_head(size);
    }
    if (Status status = need_more(); !status.is_ok()) {
      return status;
    }
  }
}

Status Multipart::take_head(std::size_t size) {
  const ByteView boundary_line = ByteView(delimiter_).substr(kLineEnd.size());
  Status status = read_part_head(held().substr(0, size), boundary_line, limits_, part_);
  if (status.is_ok()) {
    begin_ += size + kLineEnd.size();
    ++parts_;
    state_ = State::kBlankLine;
  }
  return status;
}

// RFC 2046 §5.1.1: a part may have no body at all, and then the blank line's end is that in front
// of the next boundary.
Status Multipart::end_blank_line() {
  for (;;) {
    const ByteView text = held();
    const std::size_t size = std::min(text.size(), delimiter_.size());
    const bool is_alike = text.substr(0, size) == ByteView(delimiter_).substr(0, size);
    if (!is_alike || size == delimiter_.size()) {
      begin_ += is_alike ? 0 : kLineEnd.size();
      is_at_delimiter_ = is_alike;
      state_ = State::kData;
      return {};
    }
    if (Status status = need_more(); !status.is_ok()) {
      return status;
    }
  }
}

// All of the body is read, so that what stands behind it, trailers or the next request, is next.
Status Multipart::drain() {
  while (!has_ended_) {
    begin_ = end_ = 0;
    if (Status status = fill(); !status.is_ok()) {
      return status;
    }
  }
  state_ = State::kEnd;
  return {};
}

Status Multipart::step() {
  switch (state_) {
    case State::kPreamble:
    case State::kData:
      return skip_data();
    case State::kDelimiter:
      return end_delimiter();
    case State::kHead:
      return read_head();
    case State::kBlankLine:
      return end_blank_line();
    case State::kEpilogue:
      return drain();
    case State::kEnd:
      break;
  }
  return {Code::kUnknown, "there are no more parts"};
}

// One that has not come to an end because the thread may not wait is asked again.
Status Multipart::keep(Status status) {
  const Code code = status.code();
  if (!status.is_ok() && code != Code::kTimeout && code != Code::kState && code != Code::kUnknown) {
    failure_ = status;
    state_ = State::kEnd;
  }
  return status;
}

Status Multipart::next() {
  if (!failure_.is_ok()) {
    return failure_;
  }
  do {
    if (Status status = keep(step()); !status.is_ok()) {
      return status;
    }
  } while (state_ != State::kData);
  return {};
}

Status Multipart::read(char* to, std::size_t capacity, std::size_t& got) {
  got = 0;
  if (!failure_.is_ok()) {
    return failure_;
  }
  if (state_ != State::kData) {
    return {Code::kState, "there is no part to be read: ws_multipart_next() leads to one"};
  }
  if (Status status = keep(find_data()); !status.is_ok()) {
    return status;
  }
  got = std::min(capacity, known_);
  std::copy_n(buffer_.get() + begin_, got, to);
  begin_ += got;
  known_ -= got;
  return {};
}

}  // namespace wserve::form
