// forwarded-element = [ forwarded-pair ] *( ";" [ forwarded-pair ] ) (RFC 7239 §4)
#include "gateway/forwarded.h"

#include <algorithm>
#include <array>
#include <utility>

#include "gateway/unquote.h"
#include "http/grammar.h"

namespace wserve::gateway {

namespace {

bool has_blank_at_an_end(base::ByteView text) noexcept {
  return base::trim_blanks(text).size() != text.size();
}

// Takes the part before the next ";" outside of quotes off the front of `rest`; all of it when
// there is none.
base::ByteView take_pair(base::ByteView& rest) noexcept {
  bool is_quoted = false;
  std::size_t end = 0;
  for (; end < rest.size() && (is_quoted || rest[end] != ';'); ++end) {
    if (rest[end] == '"') {
      is_quoted = !is_quoted;
    } else if (is_quoted && rest[end] == '\\') {
      ++end;
    }
  }
  end = std::min(end, rest.size());
  const base::ByteView pair = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return pair;
}

// A parameter that RFC 7239 §5 knows, and where its value goes.
struct Parameter {
  base::ByteView name;
  base::ByteView* value;
  bool is_given = false;
};

using Parameters = std::array<Parameter, 4>;

const char* parse_pair(base::ByteView pair, base::Arena& arena, Parameters& parameters,
                       std::string& unknown) {
  const std::size_t equals = pair.find('=');
  if (equals == base::ByteView::npos) {
    return "Invalid forwarded-pair missing \"=\"";
  }
  const base::ByteView name = pair.substr(0, equals);
  const base::ByteView raw = pair.substr(equals + 1);
  if (has_blank_at_an_end(name)) {
    return "Token may not be surrounded by whitespace";
  }
  if (!http::is_token(name)) {
    return "Invalid token";
  }
  if (has_blank_at_an_end(raw)) {
    return "Value may not be surrounded by whitespace";
  }
  base::ByteView value;
  if (!unquote_value(raw, arena, value)) {
    return "Invalid quoting in value";
  }
  auto* const known = std::find_if(parameters.begin(), parameters.end(),
                                   [name](const Parameter& p) { return p.name == name; });
  if (known == parameters.end()) {
    unknown = name;
    return nullptr;
  }
  if (std::exchange(known->is_given, true)) {  // RFC 7239 §4
    return "A parameter stands twice in one element";
  }
  *known->value = value;
  return nullptr;
}

}  // namespace

const char* parse_forwarded_element(base::ByteView text, base::Arena& arena,
                                    ForwardedElement& element, std::string& unknown) {
  base::ByteView by;
  Parameters parameters = {Parameter{"for", &element.for_node}, Parameter{"host", &element.host},
                           Parameter{"proto", &element.proto}, Parameter{"by", &by}};
  base::ByteView rest = arena.copy(base::lower_case(base::trim_blanks(text)));
  while (!rest.empty()) {
    const base::ByteView pair = take_pair(rest);
    if (pair.empty()) {
      continue;
    }
    if (const char* problem = parse_pair(pair, arena, parameters, unknown); problem != nullptr) {
      return problem;
    }
  }
  return nullptr;
}

base::ByteView forwarded_for_of(base::ByteView element) {
  while (!element.empty()) {
    base::ByteView value = take_pair(element);
    const base::ByteView name = base::take_until(value, '=');
    if (!base::equals_ignoring_case(name, "for")) {
      continue;
    }
    const bool is_quoted = value.size() >= 2 && value.starts_with('"') && value.ends_with('"');
    return is_quoted ? value.substr(1, value.size() - 2) : value;
  }
  return {};
}

}  // namespace wserve::gateway
