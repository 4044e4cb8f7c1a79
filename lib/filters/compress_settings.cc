// Texts to settings.
#include "filters/compress_settings.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "filters/words.h"

namespace wserve::filters {

namespace {

using std::string;
using std::string_view;

constexpr string_view kUsualTypes =
    "text/* application/json application/javascript application/xml application/wasm */*+json "
    "*/*+xml";
// Each of its parts is flushed, so little is saved, and a listener would hold an encoder for hours.
constexpr string_view kEventStream = "text/event-stream";

string bad(string_view name, string_view allowed, string_view value) {
  return string(name).append(" must be ").append(allowed).append(", got \"").append(value) + '"';
}

// Digits only, up to the largest.
template <typename Number>
bool read_number(string_view text, Number& number) noexcept {
  const char* const end = text.data() + text.size();
  const bool is_unsigned = !text.empty() && text.front() != '-';
  const auto result = std::from_chars(text.data(), end, number);
  return is_unsigned && result.ec == std::errc() && result.ptr == end;
}

// "text/html", "text/*", "*/*" or "*/*+json".
bool is_pattern(string_view word) noexcept {
  string_view subtype = word;
  const string_view type = take_until(subtype, '/');
  const auto is_name = [](string_view text) {
    return !text.empty() && text.find_first_of("*/;\"") == string_view::npos;
  };
  const bool is_open = subtype.substr(0, 1) == "*";
  return (type == "*" || is_name(type)) &&
         (is_open ? subtype.size() == 1 || (subtype[1] == '+' && is_name(subtype.substr(2)))
                  : is_name(subtype));
}

bool matches(string_view pattern, string_view type) noexcept {
  string_view subtype = type;
  const string_view main = take_until(subtype, '/');
  const string_view wanted = take_until(pattern, '/');
  if (wanted != "*" && !is_same(wanted, main)) {
    return false;
  }
  if (pattern.substr(0, 1) != "*") {
    return is_same(pattern, subtype);
  }
  pattern.remove_prefix(1);  // what is left is a suffix, or nothing
  return subtype.size() >= pattern.size() &&
         is_same(subtype.substr(subtype.size() - pattern.size()), pattern);
}

string set_types(CompressSettings& settings, string_view value) {
  std::vector<string> types = words_of(value);
  for (const string& type : types) {
    if (!is_pattern(type)) {
      return bad("types", "media types such as text/html, text/* and */*+json", type);
    }
  }
  settings.types = std::move(types);
  return {};
}

string set_min_size(CompressSettings& settings, string_view value) {
  return read_number(value, settings.min_size) ? "" : bad("min_size", "a number of bytes", value);
}

string set_level(CompressSettings& settings, string_view value) {
  int level = 0;
  if (!read_number(value, level) || level < 1 || level > 9) {
    return bad("level", "1..9", value);
  }
  settings.level = level;
  return {};
}

string set_encodings(CompressSettings& settings, string_view value) {
  std::vector<const Coding*> chosen;
  for (const string& word : words_of(value)) {
    const auto all = codings();
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const Coding& one) { return word == one.name; });
    if (found == all.end()) {
      return bad("encodings", "br and gzip, or one of them", word);
    }
    if (!found->is_built) {
      return string("encodings names ") + found->name + ", and this library was built without " +
             found->library;
    }
    chosen.push_back(&*found);
  }
  if (chosen.empty()) {
    return bad("encodings", "br and gzip, or one of them", value);
  }
  settings.set_codings(std::move(chosen));
  return {};
}

string set_sync(CompressSettings& settings, string_view value) {
  for (const bool choice : {true, false}) {
    if (is_same(value, choice ? "true" : "false")) {
      settings.sync = choice;
      return {};
    }
  }
  return bad("sync", "true or false", value);
}

struct Setter {
  string_view name;
  string (*set)(CompressSettings&, string_view);
};

constexpr std::array kSetters = {Setter{"types", set_types}, Setter{"min_size", set_min_size},
                                 Setter{"level", set_level}, Setter{"encodings", set_encodings},
                                 Setter{"sync", set_sync}};

}  // namespace

CompressSettings::CompressSettings() : types(words_of(kUsualTypes)) {
  std::vector<const Coding*> all;
  for (const Coding& coding : codings()) {
    if (coding.is_built) {
      all.push_back(&coding);
    }
  }
  set_codings(std::move(all));
}

void CompressSettings::set_codings(std::vector<const Coding*> codings) {
  codings_ = std::move(codings);
  offers_.clear();
  for (const Coding* coding : codings_) {
    offers_.push_back(coding->name);
  }
  offers_.push_back("identity");
}

ws_status CompressSettings::set(string_view name, string_view value, string& problem) {
  string known;
  for (const Setter& setter : kSetters) {
    if (setter.name == name) {
      problem = setter.set(*this, trim(value));
      return problem.empty() ? WS_OK : WS_EINVAL;
    }
    known.append(known.empty() ? "" : ", ").append(setter.name);
  }
  problem = '"' + string(name) + "\" is not a setting; there are " + known;
  return WS_EUNKNOWN;
}

bool CompressSettings::has_type(string_view content_type) const noexcept {
  const string_view type = trim(take_until(content_type, ';'));
  const bool is_event_stream = is_same(type, kEventStream);
  return std::any_of(types.begin(), types.end(), [&](const string& pattern) {
    return is_event_stream ? is_same(pattern, type) : matches(pattern, type);
  });
}

}  // namespace wserve::filters
