#include "differential/strict_reader.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "differential/origin.h"

namespace wserve::tests {

namespace {

using std::string_view;

constexpr string_view kCrLf = "\r\n";

bool is_token(string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return c > 0x20 && c < 0x7f &&
           string_view("\"(),/:;<=>?@[\\]{}").find(static_cast<char>(c)) == string_view::npos;
  });
}

bool is_text(string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return c == '\t' || (c >= 0x20 && c != 0x7f); });
}

bool is_same_word(string_view one, string_view other) {
  return std::equal(one.begin(), one.end(), other.begin(), other.end(), [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) ==
           std::tolower(static_cast<unsigned char>(b));
  });
}

string_view trim(string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(" \t"), text.size());
  text.remove_prefix(begin);
  return text.substr(0, text.find_last_not_of(" \t") + 1);
}

// Digits of one base and nothing else; small enough for a test.
std::optional<std::size_t> number(string_view text, int base) {
  const string_view digits = base == 10 ? "0123456789" : "0123456789abcdefABCDEF";
  if (text.empty() || text.find_first_not_of(digits) != string_view::npos) {
    return std::nullopt;
  }
  text.remove_prefix(std::min(text.find_first_not_of('0'), text.size()));
  if (text.size() > 16) {
    return std::nullopt;
  }
  const std::size_t value = std::strtoull(std::string(text).c_str(), nullptr, base);
  return value < (1U << 30U) ? std::optional(value) : std::nullopt;
}

// A line without its end; nothing when there is no whole one.
std::optional<string_view> take_line(string_view& rest) {
  const std::size_t end = rest.find(kCrLf);
  if (end == string_view::npos) {
    return std::nullopt;
  }
  const string_view line = rest.substr(0, end);
  rest.remove_prefix(end + 2);
  return line;
}

// What a head says about its message's length.
struct Head {
  std::string method;
  std::string tag;
  bool is_chunked = false;
  bool has_length = false;
  std::size_t length = 0;
};

// RFC 9110 §5.6.1.2: empty items of a list are nothing.
bool read_coding(string_view value, bool is_1_1, Head& head) {
  const std::size_t begin = value.find_first_not_of(" \t,");
  if (begin == string_view::npos) {
    return is_1_1;
  }
  const string_view item = value.substr(begin, value.find_last_not_of(" \t,") + 1 - begin);
  const bool is_clear = is_1_1 && !head.is_chunked && !head.has_length;
  head.is_chunked = true;
  return is_clear && is_same_word(item, "chunked");
}

bool read_field(string_view line, bool is_1_1, Head& head) {
  const std::size_t colon = line.find(':');
  if (colon == string_view::npos || !is_token(line.substr(0, colon)) || !is_text(line)) {
    return false;
  }
  const string_view name = line.substr(0, colon);
  const string_view value = trim(line.substr(colon + 1));
  if (is_same_word(name, kTagField)) {
    head.tag = value;
  } else if (is_same_word(name, "Transfer-Encoding")) {
    return read_coding(value, is_1_1, head);
  } else if (is_same_word(name, "Content-Length")) {
    const auto length = number(value, 10);
    const bool is_clear = !head.is_chunked && !head.has_length;
    head.has_length = true;
    head.length = length.value_or(0);
    return is_clear && length.has_value();
  }
  return true;
}

bool read_head(string_view text, Head& head) {
  const string_view line = *take_line(text);
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == string_view::npos || first == last || !is_text(line)) {
    return false;
  }
  head.method = line.substr(0, first);
  const string_view version = line.substr(last + 1);
  const bool is_1_1 = version.starts_with("HTTP/1.") && version != "HTTP/1.0";
  while (const auto field = take_line(text)) {
    if (!read_field(*field, is_1_1, head)) {
      return false;
    }
  }
  return is_token(head.method) && text.empty();
}

}  // namespace

StrictReader::Result StrictReader::take_request(SentRequest& request) {
  string_view rest = bytes_;
  while (rest.starts_with(kCrLf)) {
    rest.remove_prefix(2);
  }
  const std::size_t end = rest.find("\r\n\r\n");
  if (end == string_view::npos) {
    return Result::kNeedsMore;
  }
  Head head;
  if (!read_head(rest.substr(0, end + 2), head)) {
    return Result::kUnclear;
  }
  rest.remove_prefix(end + 4);
  request = {head.tag, head.method, {}};
  while (head.is_chunked) {
    const auto line = take_line(rest);
    if (!line) {
      return Result::kNeedsMore;
    }
    const auto size = number(line->substr(0, line->find(';')), 16);
    if (!size || !is_text(*line)) {
      return Result::kUnclear;
    }
    if (*size == 0) {
      break;
    }
    if (rest.size() < *size + 2) {
      return Result::kNeedsMore;
    }
    if (rest.substr(*size, 2) != kCrLf) {
      return Result::kUnclear;
    }
    request.body += rest.substr(0, *size);
    rest.remove_prefix(*size + 2);
  }
  for (bool is_trailer = head.is_chunked; is_trailer;) {
    const auto line = take_line(rest);
    if (!line) {
      return Result::kNeedsMore;
    }
    is_trailer = !line->empty();
    if (is_trailer && !is_text(*line)) {
      return Result::kUnclear;
    }
  }
  if (rest.size() < head.length) {
    return Result::kNeedsMore;
  }
  request.body += rest.substr(0, head.length);
  rest.remove_prefix(head.length);
  bytes_.erase(0, bytes_.size() - rest.size());
  return Result::kComplete;
}

std::vector<SentRequest> StrictReader::read(const std::string& bytes) {
  std::vector<SentRequest> complete;
  bytes_ += bytes;
  for (Result result = Result::kComplete; !has_given_up_ && result == Result::kComplete;) {
    SentRequest request;
    result = take_request(request);
    has_given_up_ = result == Result::kUnclear;
    if (result == Result::kComplete) {
      complete.push_back(std::move(request));
    }
  }
  return complete;
}

}  // namespace wserve::tests
