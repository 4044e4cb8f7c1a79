// What an ini file says about one application, filter or server, all references followed.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "deploy/ini_file.h"
#include "deploy/section_search.h"
#include "deploy/setting_list.h"

namespace wserve::deploy {

// `egg:NAME#ENTRY`, or `call:NAME:ENTRY`.
struct Factory {
  std::string scheme;  // "egg" or "call"
  std::string name;
  std::string entry;  // "main" when none was given
};

struct Mapping;

struct Context {
  std::vector<Context> filters;     // in front of it, the outermost first
  std::unique_ptr<Context> behind;  // them: another context,
  Factory factory;                  // or, when that is null, what this is
  SettingList local;                // its settings
  SettingList global;               // [DEFAULT], as this section sees it
  std::vector<Mapping> mappings;    // of a url_map, in the order of the file
  std::string section;              // for messages; empty outside of a file
};

// "/blog = blog" in a composite.
struct Mapping {
  std::string path;
  Context app;
};

// `egg:Paste#urlmap`, or `egg:wserve#urlmap`: its local settings name applications.
[[nodiscard]] bool is_url_map(const Factory& factory) noexcept;

// What `use` takes beside names of sections: `egg:NAME[#ENTRY]`, `call:FILE:ENTRY`, or
// `config:FILE[#NAME]`. Relative files are found from `folder`. `handed_down` is what the caller
// says beyond [DEFAULT]. kUnknown for what does not exist, kInvalid for what cannot be understood,
// kSystem for files that cannot be read.
base::Status read_uri(Kind kind, ByteView uri, const std::string& folder,
                      const SettingList& handed_down, Context& context);

// The object NAME of a file; else as read_uri().
base::Status read_object(Kind kind, const std::shared_ptr<const IniFile>& file, ByteView name,
                         const SettingList& handed_down, Context& context);

// Whether the file has a section for an object of that name.
[[nodiscard]] bool has_object(Kind kind, const IniFile& file, ByteView name);

}  // namespace wserve::deploy
