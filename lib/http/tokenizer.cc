// Drives http_parser over one head.
#include "http/tokenizer.h"

#include <http_parser.h>

#include <algorithm>
#include <new>
#include <utility>

namespace wserve::http {

namespace {

// http_parser counts the bytes of a head and refuses more than 80 KiB in all; ours may be larger.
// The count starts anew for each piece of this size.
constexpr std::size_t kPiece = 64 * 1024;

struct Split {
  ByteView target;
  std::vector<Field>& fields;
  bool in_value = true;
  bool is_out_of_memory = false;
};

Split& split_of(http_parser* parser) noexcept {
  return *static_cast<Split*>(parser->data);
}

// A text may come in two pieces, when it lies across the border of two executes.
void extend(ByteView& text, const char* at, std::size_t size) noexcept {
  text = text.data() != nullptr && text.data() + text.size() == at
             ? ByteView(text.data(), text.size() + size)
             : ByteView(at, size);
}

int on_url(http_parser* parser, const char* at, std::size_t size) noexcept {
  extend(split_of(parser).target, at, size);
  return 0;
}

int on_field(http_parser* parser, const char* at, std::size_t size) noexcept {
  Split& split = split_of(parser);
  if (std::exchange(split.in_value, false)) {
    try {
      split.fields.emplace_back();
    } catch (const std::bad_alloc&) {
      split.is_out_of_memory = true;
      return 1;
    }
  }
  extend(split.fields.back().name, at, size);
  return 0;
}

int on_value(http_parser* parser, const char* at, std::size_t size) noexcept {
  Split& split = split_of(parser);
  split.in_value = true;
  extend(split.fields.back().value, at, size);
  return 0;
}

constexpr http_parser_settings kSettings = {.on_message_begin = nullptr,
                                            .on_url = on_url,
                                            .on_status = nullptr,
                                            .on_header_field = on_field,
                                            .on_header_value = on_value,
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

// http_parser reads "Content-Length: 5<HTAB>" as an error, though OWS may be a HTAB.
void blank_out_tabs(char* head, std::size_t size) noexcept {
  const ByteView text(head, size);
  for (std::size_t at = text.find("\t\r"); at != ByteView::npos; at = text.find("\t\r", at + 1)) {
    for (char* p = head + at; base::is_blank(*p); --p) {
      *p = ' ';
    }
  }
}

void terminate(char* head, ByteView text) noexcept {
  head[text.data() + text.size() - head] = '\0';
}

void finish_field(char* head, Field& field) noexcept {
  terminate(head, field.name);
  field.value = base::trim_blanks(field.value);
  if (field.value.empty()) {
    field.value = "";  // http_parser points an empty value at the next line
  } else {
    terminate(head, field.value);
  }
}

}  // namespace

bool tokenize(char* head, std::size_t size, const RequestLine& line, Request& request) {
  blank_out_tabs(head, size);
  http_parser parser;
  http_parser_init(&parser, HTTP_REQUEST);
  parser.lenient_http_headers = 1;  // the gate has checked every byte of the values
  Split split{.target = {}, .fields = request.fields};
  parser.data = &split;
  // http_parser knows 34 methods and we take every one, so it reads "GET" instead. It never sees
  // the last LF: at the end of a head it would judge the framing, which is not its business.
  const ByteView after_method(head + line.method.size(), size - line.method.size() - 1);
  const bool is_read = execute(parser, "GET") && execute(parser, after_method);
  if (split.is_out_of_memory) {
    throw std::bad_alloc();  // the fault is ours, not the client's
  }
  if (!is_read || split.target != line.target) {
    return false;
  }
  std::erase_if(request.fields, [](const Field& f) { return f.name.find('_') != ByteView::npos; });
  request.method = ByteView(head, line.method.size());
  request.target = split.target;
  terminate(head, request.method);
  terminate(head, request.target);
  for (Field& field : request.fields) {
    finish_field(head, field);
  }
  return true;
}

}  // namespace wserve::http
