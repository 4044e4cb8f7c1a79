// Undoes escapes, from left to right.
#include "form/percent.h"

#include "base/text.h"

namespace wserve::form {

namespace {

// The byte that an escape at the front of `text` stands for; -1 when it is none.
int escaped_byte(ByteView text) noexcept {
  const int high = text.size() > 2 ? base::hex_value(text[1]) : -1;
  const int low = high >= 0 ? base::hex_value(text[2]) : -1;
  return low >= 0 ? high * 16 + low : -1;
}

Status no_escape(ByteView text) {
  return {Code::kInvalid,
          base::concat("\"", base::excerpt(text.substr(0, 3)), "\" is no escape of a byte")};
}

}  // namespace

Status percent_decode(ByteView text, Decoding how, char* to, std::size_t capacity,
                      std::size_t& length) {
  length = 0;
  while (!text.empty()) {
    char byte = text.front();
    std::size_t size = 1;
    if (byte == '%') {
      const int value = escaped_byte(text);
      if (value < 0) {
        return no_escape(text);
      }
      byte = static_cast<char>(value);
      size = 3;
    } else if (byte == '+' && how.plus_is_blank) {
      byte = ' ';
    }
    if (byte == '\0' && !how.may_hold_nul) {
      return {Code::kInvalid, "a NUL may not stand in it"};
    }
    if (length == capacity) {
      return {Code::kTooBig, base::concat("decoded it has more than ", capacity, " bytes")};
    }
    to[length++] = byte;
    text.remove_prefix(size);
  }
  return {};
}

}  // namespace wserve::form
