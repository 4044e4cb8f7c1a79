// forwarded-element = [ forwarded-pair ] *( ";" [ forwarded-pair ] ) (RFC 7239 §4)
#include "gateway/forwarded.h"

#include "gateway/unquote.h"
#include "http/grammar.h"

namespace wserve::gateway {

namespace {

bool has_blank_at_an_end(base::ByteView text) noexcept {
  return base::trim_blanks(text).size() != text.size();
}

const char* parse_pair(base::ByteView pair, ForwardedElement& element, std::string& unknown) {
  const std::size_t equals = pair.find('=');
  if (equals == base::ByteView::npos) {
    return "Invalid forwarded-pair missing \"=\"";
  }
  const base::ByteView name = pair.substr(0, equals);
  const base::ByteView raw = pair.substr(equals + 1);
  if (has_blank_at_an_end(name)) {
    return "Token may not be surrounded by whitespace";
  }
  if (has_blank_at_an_end(raw)) {
    return "Value may not be surrounded by whitespace";
  }
  const auto value = unquote_value(raw);
  if (!value) {
    return "Invalid quoting in value";
  }
  if (name == "for") {
    element.for_node = *value;
  } else if (name == "host") {
    element.host = *value;
  } else if (name == "proto") {
    element.proto = *value;
  } else if (name != "by") {
    unknown = name;
  }
  return nullptr;
}

}  // namespace

const char* parse_forwarded_element(base::ByteView text, ForwardedElement& element,
                                    std::string& unknown) {
  const std::string lowered = base::lower_case(base::trim_blanks(text));
  base::ByteView rest = lowered;
  while (!rest.empty()) {
    const base::ByteView pair = base::take_until(rest, ';');
    if (pair.empty()) {
      continue;
    }
    if (const char* problem = parse_pair(pair, element, unknown); problem != nullptr) {
      return problem;
    }
  }
  return nullptr;
}

}  // namespace wserve::gateway
