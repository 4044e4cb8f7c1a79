// Keeps pairs, and reads them; each reader passes over its text once.
#include "form/pairs.h"

#include "base/text.h"
#include "form/percent.h"
#include "http/grammar.h"

namespace wserve::form {

void Pairs::add(ByteView name, ByteView value) {
  places_.push_back({text_.size(), name.size(), value.size()});
  text_.append(name).push_back('\0');
  text_.append(value).push_back('\0');
}

Pairs::Pair Pairs::at(std::size_t index) const noexcept {
  const Place& place = places_[index];
  const char* name = text_.data() + place.begin;
  return {{name, place.name_size}, {name + place.name_size + 1, place.value_size}};
}

const char* Pairs::find(ByteView name) const noexcept {
  for (std::size_t i = 0; i < size(); ++i) {
    if (const Pair pair = at(i); pair.name == name) {
      return pair.value.data();
    }
  }
  return nullptr;
}

const char* Pairs::find_ignoring_case(ByteView name) const noexcept {
  for (std::size_t i = 0; i < size(); ++i) {
    if (const Pair pair = at(i); base::equals_ignoring_case(pair.name, name)) {
      return pair.value.data();
    }
  }
  return nullptr;
}

namespace {

Status check_room(const Pairs& pairs, ByteView name, const Limits& limits, const char* what) {
  if (pairs.size() >= limits.pairs) {
    return {Code::kTooBig, base::concat("more than ", limits.pairs, " ", what)};
  }
  if (name.size() > limits.name) {
    return {Code::kTooBig, base::concat("a name of ", name.size(), " bytes, where ", limits.name,
                                        " are the limit")};
  }
  return {};
}

// Into the room at `to`, of which there is enough: what is decoded is never longer.
Status decode(ByteView text, char* to, ByteView& decoded) {
  std::size_t length = 0;
  Status status =
      percent_decode(text, {.plus_is_blank = true, .may_hold_nul = false}, to, text.size(), length);
  decoded = ByteView(to, length);
  return status;
}

}  // namespace

Status read_urlencoded(ByteView text, const Limits& limits, Pairs& pairs) {
  pairs.reserve(text.size() + 2);
  std::string room(text.size(), '\0');  // for one name, and its value behind it
  while (!text.empty()) {
    ByteView value = base::take_until(text, '&');
    if (value.empty()) {
      continue;
    }
    const ByteView raw_name = base::take_until(value, '=');
    ByteView name;
    Status status = decode(raw_name, room.data(), name);
    status = status.is_ok() ? check_room(pairs, name, limits, "parameters") : status;
    status = status.is_ok() ? decode(value, room.data() + raw_name.size(), value) : status;
    if (!status.is_ok()) {
      return status;
    }
    pairs.add(name, value);
  }
  return {};
}

Status read_cookies(ByteView text, const Limits& limits, Pairs& pairs) {
  pairs.reserve(text.size() + 2);
  while (!text.empty()) {
    ByteView value = base::trim_blanks(base::take_until(text, ';'));
    const bool has_name = value.find('=') != ByteView::npos;
    const ByteView name = base::trim_blanks(base::take_until(value, '='));
    if (!has_name || !http::is_token(name)) {
      continue;
    }
    if (Status status = check_room(pairs, name, limits, "cookies"); !status.is_ok()) {
      return status;
    }
    value = base::trim_blanks(value);
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
      value = value.substr(1, value.size() - 2);
    }
    pairs.add(name, value);
  }
  return {};
}

}  // namespace wserve::form
