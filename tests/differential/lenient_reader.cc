#include "differential/lenient_reader.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <string_view>

#include "differential/origin.h"

namespace wserve::tests {

namespace {

using std::string_view;

std::string lower(string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

std::string trimmed(string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(" \t\r"), text.size());
  text.remove_prefix(begin);
  return std::string(text.substr(0, text.find_last_not_of(" \t\r") + 1));
}

class Reading {
 public:
  Reading(string_view bytes, const Mistakes& mistakes) : bytes_(bytes), mistakes_(mistakes) {}

  std::optional<LenientRequest> read() {
    const auto line = take_line();
    if (!line || !read_head() || !read_body()) {
      return std::nullopt;
    }
    const std::size_t first = std::min(line->find(' '), line->size());
    request_.method = line->substr(0, first);
    request_.path = line->substr(std::min(first + 1, line->size()));
    request_.path.erase(std::min(request_.path.find_first_of(" ?"), request_.path.size()));
    request_.bytes = bytes_.substr(0, at_);
    return request_;
  }

  // Must be known before the body is read.
  [[nodiscard]] bool is_get() const { return bytes_.starts_with("GET "); }

 private:
  std::optional<string_view> take_line() {
    const string_view end = mistakes_.takes_lf_for_line_end ? "\n" : "\r\n";
    const std::size_t found = bytes_.find(end, at_);
    if (found == string_view::npos) {
      return std::nullopt;
    }
    string_view line = bytes_.substr(at_, found - at_);
    at_ = found + end.size();
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
    }
    return line;
  }

  bool read_head() {
    for (;;) {
      const auto line = take_line();
      if (!line || line->empty()) {
        return line.has_value();
      }
      const std::size_t colon = std::min(line->find(':'), line->size());
      const std::string name = lower(trimmed(line->substr(0, colon)));
      const std::string value = trimmed(line->substr(std::min(colon + 1, line->size())));
      if (name == lower(kTagField)) {
        request_.tag = value;
      } else if (name == "connection") {
        request_.is_last = lower(value) == "close";
      } else if (name == "content-length") {
        length_ = std::strtoul(value.c_str(), nullptr, 10);
        has_length_ = true;
      } else if (name == "transfer-encoding") {
        is_chunked_ = lower(value).find("chunked") != std::string::npos;
      }
    }
  }

  bool read_body() {
    if (mistakes_.ignores_body_of_get && is_get()) {
      return true;
    }
    const bool is_chunked = is_chunked_ && !mistakes_.ignores_transfer_encoding &&
                            !(mistakes_.prefers_length && has_length_);
    return is_chunked ? read_chunks() : take_bytes(length_);
  }

  bool take_bytes(std::size_t size) {
    if (bytes_.size() - at_ < size) {
      return false;
    }
    request_.body += bytes_.substr(at_, size);
    at_ += size;
    return true;
  }

  bool read_chunks() {
    for (;;) {
      const auto line = take_line();
      if (!line) {
        return false;
      }
      const int base = mistakes_.reads_decimal_chunk_sizes ? 10 : 16;
      const std::size_t size = std::strtoul(std::string(*line).c_str(), nullptr, base);
      if (size == 0) {
        break;
      }
      if (!take_bytes(size) || !take_line()) {
        return false;
      }
    }
    for (;;) {
      const auto trailer = take_line();
      if (!trailer || trailer->empty()) {
        return trailer.has_value();
      }
    }
  }

  const string_view bytes_;
  const Mistakes& mistakes_;
  std::size_t at_ = 0;
  LenientRequest request_;
  bool is_chunked_ = false;
  bool has_length_ = false;
  std::size_t length_ = 0;
};

}  // namespace

std::optional<LenientRequest> take_request(std::string& bytes, const Mistakes& mistakes) {
  bytes.erase(0, std::min(bytes.find_first_not_of("\r\n"), bytes.size()));
  std::optional<LenientRequest> request = Reading(bytes, mistakes).read();
  if (request) {
    bytes.erase(0, request->bytes.size());
  }
  return request;
}

}  // namespace wserve::tests
