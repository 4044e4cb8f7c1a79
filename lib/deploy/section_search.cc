// The spellings of each kind of section.
#include "deploy/section_search.h"

#include <algorithm>
#include <array>
#include <span>

#include "base/text.h"

namespace wserve::deploy {

using base::ByteView;
using base::concat;

namespace {

// Spellings in one group shadow one another; hits in two groups are ambiguous.
using Spellings = std::array<const char*, 2>;
constexpr std::array<Spellings, 4> kAppPrefixes = {
    Spellings{"app", "application"}, Spellings{"composite", "composit"},
    Spellings{"pipeline", nullptr}, Spellings{"filter-app", nullptr}};
constexpr std::array<Spellings, 1> kFilterPrefixes = {Spellings{"filter", nullptr}};
constexpr std::array<Spellings, 1> kServerPrefixes = {Spellings{"server", nullptr}};

std::span<const Spellings> prefixes_of(Kind kind) noexcept {
  switch (kind) {
    case Kind::kApp:
      return kAppPrefixes;
    case Kind::kFilter:
      return kFilterPrefixes;
    case Kind::kServer:
      break;
  }
  return kServerPrefixes;
}

// False when there are none.
bool add_sections(const IniFile& file, const char* prefix, ByteView name, Sections& found) {
  if (prefix == nullptr) {
    return false;
  }
  const Sections called = file.find_called(prefix, name);
  found.insert(found.end(), called.begin(), called.end());
  return !called.empty();
}

}  // namespace

std::string prefixes_text(Kind kind) {
  std::string text;
  for (const Spellings& group : prefixes_of(kind)) {
    for (const char* prefix : group) {
      if (prefix != nullptr) {
        text += concat(text.empty() ? "'" : " or '", prefix, '\'');
      }
    }
  }
  return text;
}

Sections find_sections(Kind kind, const IniFile& file, ByteView name) {
  Sections found;
  for (const Spellings& group : prefixes_of(kind)) {
    static_cast<void>(std::any_of(group.begin(), group.end(), [&](const char* prefix) {
      return add_sections(file, prefix, name, found);
    }));
  }
  return found;
}

}  // namespace wserve::deploy
