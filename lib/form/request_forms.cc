// Reads what a request's environ and body hold.
#include "form/request_forms.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "form/file_name.h"
#include "form/parameters.h"

namespace wserve::form {

using app::Exchange;

namespace {

// With a NUL in it, which no key of an application's has.
constexpr ByteView kKey("\0form", 5);

Status to_beginning(Exchange& exchange) {
  return exchange.is_streamed() ? Status() : exchange.rewind();
}

Status too_long(std::uint64_t limit) {
  return {Code::kTooBig, base::concat("the form has more than ", limit, " bytes")};
}

}  // namespace

Status RequestParts::Body::read(char* to, std::size_t capacity, std::size_t& got) {
  return exchange_.read_waiting(to, capacity, got);
}

Status RequestParts::next() {
  text_.clear();
  safe_name_.clear();
  return parts_.next();
}

Status RequestParts::read(char* to, std::size_t capacity, std::size_t& got) {
  return parts_.read(to, capacity, got);
}

const char* RequestParts::safe_name() {
  const Part* its = part();
  if (its == nullptr || !its->is_file) {
    return nullptr;
  }
  if (safe_name_.empty()) {
    safe_name_ = safe_file_name(its->filename);
  }
  return safe_name_.c_str();
}

Status RequestParts::read_text(const char*& text) {
  std::array<char, 4096> piece{};
  for (;;) {
    std::size_t got = 0;
    if (Status status = parts_.read(piece.data(), piece.size(), got); !status.is_ok()) {
      return status;
    }
    if (got == 0) {
      break;
    }
    text_bytes_ += got;
    if (text_bytes_ > max_text_) {
      return too_long(max_text_);
    }
    text_.append(piece.data(), got);
  }
  const std::string whole = std::exchange(text_, {});
  if (whole.find('\0') != std::string::npos) {
    return {Code::kInvalid, "a NUL may not stand in a text"};
  }
  text = exchange_.environ().arena().copy(whole).data();
  return {};
}

RequestForms& RequestForms::of(Exchange& exchange) {
  if (void* made = exchange.data(kKey)) {
    return *static_cast<RequestForms*>(made);
  }
  auto forms = std::make_unique<RequestForms>(exchange);
  exchange.set_data(kKey, forms.get(), [](void* data) {
    std::default_delete<RequestForms>()(static_cast<RequestForms*>(data));
  });
  return *forms.release();
}

Status RequestForms::read_once(Read& place, ByteView text, Reader reader, const Pairs*& pairs) {
  const bool is_read =
      place.source && place.source->data() == text.data() && place.source->size() == text.size();
  if (!is_read) {
    std::list<Pairs> made(1);
    if (Status status = reader(text, limits_, made.front()); !status.is_ok()) {
      return status;
    }
    place.pairs.splice(place.pairs.begin(), made);
    place.source = text;
  }
  pairs = &place.pairs.front();
  return {};
}

Status RequestForms::query(const Pairs*& pairs) {
  return read_once(query_, exchange_.environ().get("QUERY_STRING"), read_urlencoded, pairs);
}

Status RequestForms::cookies(const Pairs*& pairs) {
  return read_once(cookies_, exchange_.environ().get("HTTP_COOKIE"), read_cookies, pairs);
}

// What is too long by what it says is not asked for.
Status RequestForms::read_body() {
  const std::int64_t size = exchange_.body_size();
  if (size > 0 && static_cast<std::uint64_t>(size) > limits_.form) {
    return too_long(limits_.form);
  }
  if (body_.empty()) {
    if (Status status = to_beginning(exchange_); !status.is_ok()) {
      return status;
    }
    body_.reserve(static_cast<std::size_t>(std::max<std::int64_t>(size, 0)));
  }
  std::array<char, 4096> piece{};
  std::size_t got = 0;
  do {
    if (Status status = exchange_.read_waiting(piece.data(), piece.size(), got); !status.is_ok()) {
      return status;
    }
    if (got > limits_.form - std::min<std::uint64_t>(body_.size(), limits_.form)) {
      return too_long(limits_.form);
    }
    body_.append(piece.data(), got);
  } while (got > 0);
  return {};
}

Status RequestForms::form(const Pairs*& pairs) {
  if (!form_.empty()) {
    pairs = &form_.front();
    return {};
  }
  std::list<Pairs> made(1);
  if (exchange_.body_size() != 0) {
    const ByteView type = ParameterReader(exchange_.environ().get("CONTENT_TYPE")).main_value();
    if (!base::equals_ignoring_case(type, "application/x-www-form-urlencoded")) {
      return {Code::kUnknown, base::concat("the body is \"", base::excerpt(type),
                                           "\", not application/x-www-form-urlencoded")};
    }
    Status status = read_body();
    status = status.is_ok() ? read_urlencoded(body_, limits_, made.front()) : status;
    if (!status.is_ok()) {
      return status;
    }
    body_ = {};
  }
  form_.splice(form_.begin(), made);
  pairs = &form_.front();
  return {};
}

Status RequestForms::multipart(RequestParts*& parts) {
  if (!parts_) {
    std::string boundary;
    Status status = read_boundary(exchange_.environ().get("CONTENT_TYPE"), boundary);
    status = status.is_ok() ? to_beginning(exchange_) : status;
    if (!status.is_ok()) {
      return status;
    }
    parts_ = std::make_unique<RequestParts>(exchange_, boundary, limits_);
    exchange_.take_body();
  }
  parts = parts_.get();
  return {};
}

}  // namespace wserve::form
