// Drives http_parser over the lines that frame a message.
#include "http/framing_crosscheck.h"

#include <http_parser.h>

#include <algorithm>

namespace wserve::http {

namespace {

// http_parser counts the bytes of a head and refuses more than 80 KiB in all; ours may be larger.
// The count starts anew for each piece of this size.
constexpr std::size_t kPiece = 64 * 1024;

// It comes in two pieces when it lies across the border of two executes.
int on_target(http_parser* parser, const char* at, std::size_t size) noexcept {
  auto& target = *static_cast<ByteView*>(parser->data);
  target = target.empty() ? ByteView(at, size) : ByteView(target.data(), target.size() + size);
  return 0;
}

constexpr http_parser_settings kSettings = {.on_message_begin = nullptr,
                                            .on_url = on_target,
                                            .on_status = nullptr,
                                            .on_header_field = nullptr,
                                            .on_header_value = nullptr,
                                            .on_headers_complete = nullptr,
                                            .on_body = nullptr,
                                            .on_message_complete = nullptr,
                                            .on_chunk_header = nullptr,
                                            .on_chunk_complete = nullptr};

bool execute(http_parser& parser, ByteView text) noexcept {
  while (!text.empty()) {
    const std::size_t piece = std::min(text.size(), kPiece);
    parser.nread = 0;
    if (http_parser_execute(&parser, &kSettings, text.data(), piece) != piece) {
      return false;
    }
    text.remove_prefix(piece);
  }
  return true;
}

bool frames_message(ByteView name) noexcept {
  return (name.size() == 14 && base::equals_ignoring_case(name, "content-length")) ||
         (name.size() == 17 && base::equals_ignoring_case(name, "transfer-encoding"));
}

// The whole line of a field. http_parser reads "Content-Length: 5<HTAB>" as an error, though OWS
// may be a HTAB: such blanks become spaces.
ByteView line_of(const Field& field, char* head) noexcept {
  char* end = head + (field.value.data() + field.value.size() - head);
  while (*end != '\r') {
    *end++ = ' ';
  }
  return {field.name.data(), static_cast<std::size_t>(end + 2 - field.name.data())};
}

// Where http_parser finds no coding there may be one: it does not know lists with empty items,
// which RFC 9110 §5.6.1.2 allows.
bool agrees_on_body(const http_parser& parser, const Framing& framing) noexcept {
  const bool is_chunked = (parser.flags & F_CHUNKED) != 0;
  const bool has_length = (parser.flags & F_CONTENTLENGTH) != 0;
  return (!is_chunked || framing.body == BodyKind::kChunked) &&
         (has_length ? parser.content_length : 0) == framing.length;
}

}  // namespace

bool http_parser_agrees(char* head, const Request& request) noexcept {
  const bool is_framed = std::any_of(request.fields.begin(), request.fields.end(),
                                     [](const Field& field) { return frames_message(field.name); });
  if (!is_framed) {
    return request.framing.body == BodyKind::kNone;
  }
  http_parser parser;
  http_parser_init(&parser, HTTP_REQUEST);
  parser.lenient_http_headers = 1;  // the gate has checked every byte of the values
  ByteView target;
  parser.data = &target;
  // http_parser knows 34 methods and we take every one, so it reads "GET" instead.
  const char* after_method = request.method.data() + request.method.size();
  const char* after_target = request.target.data() + request.target.size();
  constexpr std::size_t kRestOfLine = ByteView(" HTTP/1.1\r\n").size();
  bool is_read =
      execute(parser, "GET") && execute(parser, ByteView(after_method, after_target + kRestOfLine));
  for (const Field& field : request.fields) {
    if (is_read && frames_message(field.name)) {
      is_read = execute(parser, line_of(field, head));
    }
  }
  // Of the blank line it sees the CR alone, which ends the last field: behind the LF it would judge
  // what is already decided.
  return is_read && execute(parser, "\r") && target == request.target &&
         agrees_on_body(parser, request.framing);
}

}  // namespace wserve::http
