// The text form of settings, and finding one.
#include "deploy/setting_list.h"

#include <algorithm>

#include "base/text.h"

namespace wserve::deploy {

using base::Code;
using base::Status;

namespace {

constexpr bool is_space(char c) noexcept {
  return base::is_blank(c) || c == '\n' || c == '\r';
}

// Takes a value off the front of `rest`; false when a quote does not end.
bool take_value(ByteView& rest, std::string& value) {
  char quote = '\0';
  while (!rest.empty() && (quote != '\0' || !is_space(rest.front()))) {
    const char c = rest.front();
    rest.remove_prefix(1);
    if (quote == '\0' && (c == '"' || c == '\'')) {
      quote = c;
    } else if (c == quote) {
      quote = '\0';
    } else if (quote == '"' && c == '\\' && !rest.empty()) {
      value.push_back(rest.front());
      rest.remove_prefix(1);
    } else {
      value.push_back(c);
    }
  }
  return quote == '\0';
}

}  // namespace

Status SettingList::parse(ByteView text, SettingList& settings) {
  ByteView rest = base::trim_space(text);
  while (!rest.empty()) {
    const auto name_end =
        std::find_if(rest.begin(), rest.end(), [](char c) { return c == '=' || is_space(c); });
    const ByteView name = rest.substr(0, static_cast<std::size_t>(name_end - rest.begin()));
    rest.remove_prefix(name.size());
    if (name.empty() || !rest.starts_with('=')) {
      return {Code::kInvalid, base::concat("settings must be NAME=VALUE words, got \"",
                                           base::printable(name), '"')};
    }
    rest.remove_prefix(1);
    std::string value;
    if (!take_value(rest, value)) {
      return {Code::kInvalid, base::concat("the quotes around the value of ", name, " do not end")};
    }
    settings.set(name, value);
    rest = base::trim_space(rest);
  }
  return {};
}

void SettingList::set(ByteView name, ByteView value) {
  const auto place = places_.find(name);
  if (place != places_.end()) {
    settings_[place->second].value = value;
  } else {
    places_.emplace(name, settings_.size());
    settings_.push_back({std::string(name), std::string(value)});
  }
}

void SettingList::update(const SettingList& other) {
  for (const Setting& one : other) {
    set(one.name, one.value);
  }
}

const std::string* SettingList::find(ByteView name) const noexcept {
  const auto place = places_.find(name);
  return place != places_.end() ? &settings_[place->second].value : nullptr;
}

std::optional<std::string> SettingList::take(ByteView name) {
  const auto found = places_.find(name);
  if (found == places_.end()) {
    return std::nullopt;
  }
  const std::size_t taken = found->second;
  std::string value = std::move(settings_[taken].value);
  settings_.erase(settings_.begin() + static_cast<std::ptrdiff_t>(taken));
  places_.erase(found);
  for (auto& [other, place] : places_) {
    place -= place > taken ? 1 : 0;
  }
  return value;
}

}  // namespace wserve::deploy
