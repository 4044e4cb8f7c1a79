// Which sections of a file can be meant by a name.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "deploy/ini_file.h"

namespace wserve::deploy {

enum class Kind : std::uint8_t { kApp, kFilter, kServer };

// "'app' or 'application' or ...", for messages.
[[nodiscard]] std::string prefixes_text(Kind kind);

// Those that the name fits: none, one, or several, which is ambiguous.
using Sections = std::vector<const IniFile::Section*>;
[[nodiscard]] Sections find_sections(Kind kind, const IniFile& file, base::ByteView name);

}  // namespace wserve::deploy
