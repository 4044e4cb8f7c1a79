// Compares validators, reads Range.
#include "form/conditions.h"

#include <algorithm>
#include <limits>

#include "http/http_date.h"

namespace wserve::form {

using gateway::Environ;

namespace {

// One entity-tag of a list (RFC 9110 §8.8.3): between its quotes nothing but a quote is special.
struct Tag {
  ByteView text;  // with its quotes
  bool is_weak = false;
};

Tag without_weakness(ByteView text) noexcept {
  const bool is_weak = text.starts_with("W/");
  return {text.substr(is_weak ? 2 : 0), is_weak};
}

void skip(ByteView& list, ByteView characters) noexcept {
  list.remove_prefix(std::min(list.find_first_not_of(characters), list.size()));
}

// Takes the next one off, and what separates it from those before. False at the end of the list, or
// of what can be understood.
bool take_tag(ByteView& list, Tag& tag) noexcept {
  skip(list, " \t,");
  tag = without_weakness(list);
  const std::size_t end = tag.text.starts_with('"') ? tag.text.find('"', 1) : ByteView::npos;
  if (end == ByteView::npos) {
    return false;
  }
  list = tag.text.substr(end + 1);
  tag.text = tag.text.substr(0, end + 1);
  skip(list, " \t");
  return list.empty() || list.front() == ',';
}

// "*" alone, or a list with the tag. Compared strongly, a weak tag is like none.
bool list_has_tag(ByteView list, const Validators& its, bool weak_is_good) noexcept {
  if (list == "*") {
    return its.exists;
  }
  const Tag own = without_weakness(its.etag);
  Tag tag;
  while (take_tag(list, tag)) {
    if (tag.text == own.text && (weak_is_good || (!tag.is_weak && !own.is_weak))) {
      return its.exists;
    }
  }
  return false;
}

// A condition on a time that the resource does not have is none (RFC 9110 §13.1.3, §13.1.4), like
// one that cannot be read.
std::optional<std::int64_t> time_in(const Environ& environ, ByteView key,
                                    const Validators& its) noexcept {
  const Environ::Entry* entry = environ.find(key);
  return entry != nullptr && its.exists && its.modified
             ? http::parse_http_date(entry->value, its.now)
             : std::nullopt;
}

// If-Match, or without it If-Unmodified-Since, asks for another state.
bool asks_for_another(const Environ& environ, const Validators& its) noexcept {
  if (const Environ::Entry* tags = environ.find("HTTP_IF_MATCH")) {
    return !list_has_tag(tags->value, its, false);  // RFC 9110 §13.1.1: none of the weak ones
  }
  const auto time = time_in(environ, "HTTP_IF_UNMODIFIED_SINCE", its);
  return time && *its.modified > *time;
}

// RFC 9110 §13.1.5: the client's part is of this very state, by its tag or its exact time.
bool is_of_this_state(const Environ& environ, const Validators& its) noexcept {
  const Environ::Entry* condition = environ.find("HTTP_IF_RANGE");
  if (condition == nullptr || (condition->value == its.etag && its.etag.starts_with('"'))) {
    return true;
  }
  const auto time = time_in(environ, "HTTP_IF_RANGE", its);
  return time && *time == *its.modified;
}

// Takes 1*DIGIT off; nothing when there is none. A number beyond every file stays just that.
std::optional<std::int64_t> take_number(ByteView& text) noexcept {
  const auto* const end = std::find_if_not(text.begin(), text.end(), base::is_digit);
  const ByteView digits(text.begin(), end);
  std::uint64_t number = 0;
  constexpr std::uint64_t kMax = std::numeric_limits<std::int64_t>::max();
  if (base::parse_digits(digits, number) == base::NumberError::kNotDigits) {
    return std::nullopt;
  }
  const bool is_beyond = base::parse_digits(digits, number) == base::NumberError::kTooLarge;
  text.remove_prefix(digits.size());
  return static_cast<std::int64_t>(is_beyond ? kMax : std::min(number, kMax));
}

struct Ends {
  std::optional<std::int64_t> first;
  std::optional<std::int64_t> last;
};

// False when it is more than one range, or none. Empty members of the list count for nothing
// (RFC 9110 §5.6.1.2).
bool parse_range(ByteView text, Ends& ends) noexcept {
  skip(text, " \t,");
  ends.first = take_number(text);
  if (!text.starts_with('-')) {
    return false;
  }
  text.remove_prefix(1);
  ends.last = take_number(text);
  skip(text, " \t,");
  return text.empty() && (ends.first || ends.last) &&
         (!ends.first || !ends.last || *ends.first <= *ends.last);
}

}  // namespace

int check_conditions(const Environ& environ, const Validators& its) noexcept {
  if (asks_for_another(environ, its)) {
    return 412;
  }
  const ByteView method = environ.get("REQUEST_METHOD");
  const bool is_read = method == "GET" || method == "HEAD";
  if (const Environ::Entry* tags = environ.find("HTTP_IF_NONE_MATCH")) {
    // RFC 9110 §13.1.2: weak tags are as good.
    return !list_has_tag(tags->value, its, true) ? 0 : is_read ? 304 : 412;
  }
  const auto time = is_read ? time_in(environ, "HTTP_IF_MODIFIED_SINCE", its) : std::nullopt;
  return time && *its.modified <= *time ? 304 : 0;
}

RangeKind read_range(const Environ& environ, const Validators& its, std::int64_t file_size,
                     Range& part) noexcept {
  constexpr ByteView kUnit = "bytes=";  // RFC 9110 §14.1: in any case
  const ByteView text = environ.get("HTTP_RANGE");
  Ends ends;
  if (!base::equals_ignoring_case(text.substr(0, kUnit.size()), kUnit) ||
      environ.get("REQUEST_METHOD") != "GET" ||  // RFC 9110 §14.2
      !is_of_this_state(environ, its) || !parse_range(text.substr(kUnit.size()), ends)) {
    return RangeKind::kNone;
  }
  std::int64_t first = 0;
  std::int64_t last = file_size - 1;
  if (ends.first) {
    first = *ends.first;
    last = ends.last ? std::min(*ends.last, last) : last;
  } else if (file_size == 0 && *ends.last > 0) {
    return RangeKind::kNone;  // all of nothing, which Content-Range cannot say
  } else {                    // the last so many bytes
    first = file_size - std::min(*ends.last, file_size);
  }
  if (first > last) {
    return RangeKind::kUnsatisfiable;
  }
  part = {first, last - first + 1};
  return RangeKind::kGiven;
}

}  // namespace wserve::form
