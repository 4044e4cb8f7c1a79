// PasteDeploy's rules: from section to section until a factory is found.
#include "deploy/context.h"

#include <algorithm>
#include <filesystem>

#include "base/both.h"
#include "base/text.h"
#include "deploy/file_reference.h"
#include "deploy/section_search.h"

namespace wserve::deploy {

using base::Code;
using base::concat;
using base::Status;

namespace {

// More levels of `use` than anybody writes; a circle reaches it at once.
constexpr int kDeepest = 32;

// What one file may ask for: sections that name others several times, level by level, would be
// read for ever, and every one of them has a copy of [DEFAULT].
constexpr std::size_t kMaxSections = 10'000;
constexpr std::size_t kMaxBytes = 64 * 1024 * 1024;

// How far reading has come, over all files.
struct Effort {
  int depth = 0;
  std::size_t sections = 0;
  std::size_t bytes = 0;  // of settings
};

std::size_t bytes_of(const SettingList& settings) noexcept {
  std::size_t bytes = 0;
  for (const Setting& one : settings) {
    bytes += one.name.size() + one.value.size() + sizeof(Setting);
  }
  return bytes;
}

// "egg" of "egg:a#b"; empty when the text does not begin with letters and a colon.
ByteView scheme_of(ByteView uri) noexcept {
  const std::size_t colon = uri.find(':');
  const bool has_scheme =
      colon != ByteView::npos && colon > 0 &&
      std::all_of(uri.begin(), uri.begin() + static_cast<std::ptrdiff_t>(colon), base::is_alpha);
  return has_scheme ? uri.substr(0, colon) : ByteView();
}

Status unknown(std::string message) {
  return {Code::kUnknown, std::move(message)};
}

Status read_any(Kind kind, ByteView uri, const std::string& folder, const SettingList& handed_down,
                Effort& effort, Context& context);

// Reads contexts out of one file. `supplied` is what came with the order to read this file: it
// fills gaps of [DEFAULT].
class ContextReader {
 public:
  ContextReader(std::shared_ptr<const IniFile> file, const SettingList& supplied, Effort& effort)
      : file_(std::move(file)), supplied_(supplied), effort_(effort) {}

  Status read(Kind kind, ByteView name, const SettingList& handed_down, Context& context) {
    if (effort_.depth == kDeepest) {
      return unknown(concat("sections of ", file_->path(), " use one another in a circle"));
    }
    if (++effort_.sections > kMaxSections || effort_.bytes > kMaxBytes) {
      return {Code::kInvalid, concat("sections of ", file_->path(), " use one another too often")};
    }
    ++effort_.depth;
    Status status = read_deeper(kind, name, handed_down, context);
    --effort_.depth;
    return status;
  }

 private:
  // A section while it is being read.
  struct Draft {
    Kind kind = Kind::kApp;
    const IniFile::Section* section = nullptr;
    SettingList local;
    SettingList global;
    SettingList additions;  // by "set"
  };

  Status read_deeper(Kind kind, ByteView name, const SettingList& handed_down, Context& context) {
    if (!scheme_of(name).empty()) {
      return read_any(kind, name, file_->folder(), handed_down, effort_, context);
    }
    const Sections found = find_sections(kind, *file_, name);
    if (found.empty()) {
      return unknown(concat("No section '", name, "' (prefixed by ", prefixes_text(kind),
                            ") found in config ", file_->path()));
    }
    if (found.size() > 1) {
      return unknown(concat("Ambiguous section names ['", found[0]->name, "', '", found[1]->name,
                            "'] for section '", name, "' (prefixed by ", prefixes_text(kind),
                            ") found in config ", file_->path()));
    }
    Draft draft{kind, found[0], {}, {}, {}};
    Status status = read_values(handed_down, draft);
    return status.is_ok() ? follow(draft, context) : status;
  }

  // Every key where it belongs: "set" and "get" work on the globals, the rest is local.
  Status read_values(const SettingList& handed_down, Draft& draft) {
    for (const Setting& raw : file_->defaults()) {
      std::string value;
      if (Status status = expand(raw.value, nullptr, value); !status.is_ok()) {
        return status;
      }
      effort_.bytes += value.size();
      if (effort_.bytes > kMaxBytes) {
        return {Code::kInvalid, concat("the values of ", file_->path(), " become too long")};
      }
      draft.global.set(raw.name, value);
    }
    draft.global.update(handed_down);
    SettingList copies;
    for (const Setting& raw : draft.section->values) {
      std::string value;
      if (Status status = expand(raw.value, draft.section, value); !status.is_ok()) {
        return status;
      }
      effort_.bytes += value.size();
      if (effort_.bytes > kMaxBytes) {
        return {Code::kInvalid, concat("the values of ", file_->path(), " become too long")};
      }
      place(raw.name, value, copies, draft);
    }
    effort_.bytes += bytes_of(draft.global) + bytes_of(draft.local);
    return copy_globals(copies, draft);
  }

  void place(ByteView key, const std::string& value, SettingList& copies, Draft& draft) const {
    if (key.starts_with("set ")) {
      draft.additions.set(base::trim_space(key.substr(4)), value);
      draft.global.set(base::trim_space(key.substr(4)), value);
    } else if (key.starts_with("get ")) {
      copies.set(base::trim_space(key.substr(4)), value);
    } else if (file_->defaults().find(key) == nullptr && supplied_.find(key) == nullptr) {
      draft.local.set(key, value);
    }
  }

  static Status copy_globals(const SettingList& copies, Draft& draft) {
    for (const Setting& copy : copies) {
      const std::string* value = draft.global.find(copy.value);
      if (value == nullptr) {
        return unknown(concat("[", draft.section->name, "] get ", copy.name, " = ", copy.value,
                              ": there is no global \"", copy.value, '"'));
      }
      draft.local.set(copy.name, *value);
    }
    return {};
  }

  Status follow(Draft& draft, Context& context) {
    const auto filter_with =
        draft.kind != Kind::kServer ? draft.local.take("filter-with") : std::nullopt;
    static_cast<void>(draft.local.take("require"));
    const ByteView name = draft.section->name;
    Status status = name.starts_with("pipeline:")     ? follow_pipeline(draft, context)
                    : name.starts_with("filter-app:") ? follow_filter_app(draft, context)
                                                      : follow_use(draft.kind, draft, context);
    if (!status.is_ok() || !filter_with) {
      return status;
    }
    Context around;
    status = read(Kind::kFilter, *filter_with, draft.global, around);
    context.filters.insert(context.filters.begin(), std::move(around));
    return status;
  }

  // Sections of Python packages may name code in other ways.
  Status no_loader(const Draft& draft) const {
    SettingList protocols;
    for (const Setting& setting : draft.local) {
      if (setting.name.starts_with("paste.")) {
        protocols.set(setting.name, "");
      }
    }
    const ByteView name = draft.section->name;
    if (protocols.size() > 1) {
      return unknown(
          concat("Multiple protocols given in section '", name, "': ", names_of(protocols)));
    }
    return unknown(concat("No loader given in section '", name, "' of ", file_->path(),
                          "; it needs use = egg:NAME#ENTRY",
                          protocols.is_empty() ? "" : ", for it cannot load Python code by ",
                          names_of(protocols)));
  }

  Status follow_use(Kind kind, Draft& draft, Context& context) {
    const auto use = draft.local.take("use");
    if (!use) {
      return no_loader(draft);
    }
    if (Status status = read(kind, *use, draft.global, context); !status.is_ok()) {
      return status;
    }
    if (context.behind) {
      return {};  // a pipeline takes no settings
    }
    context.global.update(draft.additions);
    context.global.set("__file__", file_->path());
    context.local.update(draft.local);
    context.section = draft.section->name;
    return is_url_map(context.factory) ? map(context) : Status();
  }

  Status map(Context& context) {
    context.mappings.clear();
    Status all;
    for (const Setting& setting : context.local) {
      Mapping& mapping = context.mappings.emplace_back();
      mapping.path = setting.name;
      Status one = read(Kind::kApp, setting.value, context.global, mapping.app);
      if (!one.is_ok()) {
        one = {one.code(), concat('[', context.section, "] ", setting.name, ": ", one.message())};
      }
      all = base::both(std::move(all), std::move(one));
    }
    return all;
  }

  Status follow_filter_app(Draft& draft, Context& context) {
    const auto next = draft.local.take("next");
    if (!next) {
      return unknown(concat("The [", draft.section->name, "] section in ", file_->path(),
                            " is missing a 'next' setting"));
    }
    Context filter;
    if (Status status = follow_use(Kind::kFilter, draft, filter); !status.is_ok()) {
      return status;
    }
    context.filters.push_back(std::move(filter));
    return read_behind(*next, draft, context);
  }

  Status follow_pipeline(Draft& draft, Context& context) {
    const auto line = draft.local.take("pipeline");
    if (!line || base::trim_space(*line).empty()) {
      return unknown(concat("The [", draft.section->name, "] section in ", file_->path(),
                            " is missing a 'pipeline' setting"));
    }
    if (!draft.local.is_empty()) {
      return unknown(concat("The [", draft.section->name, "] pipeline section in ", file_->path(),
                            " has extra (disallowed) settings: ", names_of(draft.local)));
    }
    ByteView rest = *line;
    ByteView name = base::take_word(rest);
    for (ByteView next = base::take_word(rest); !next.empty(); next = base::take_word(rest)) {
      Context filter;
      if (Status status = read(Kind::kFilter, name, draft.global, filter); !status.is_ok()) {
        return status;
      }
      context.filters.push_back(std::move(filter));
      name = next;
    }
    return read_behind(name, draft, context);
  }

  Status read_behind(ByteView name, const Draft& draft, Context& context) {
    context.behind = std::make_unique<Context>();
    return read(Kind::kApp, name, draft.global, *context.behind);
  }

  static std::string names_of(const SettingList& settings) {
    std::string names;
    for (const Setting& one : settings) {
      names += concat(names.empty() ? "" : ", ", one.name);
    }
    return names;
  }

  Status expand(ByteView raw, const IniFile::Section* section, std::string& value) const {
    return file_->interpolate(raw, section, supplied_, value);
  }

  const std::shared_ptr<const IniFile> file_;
  const SettingList& supplied_;
  Effort& effort_;
};

Status read_config(Kind kind, ByteView text, const std::string& folder,
                   const SettingList& handed_down, Effort& effort, Context& context) {
  const FileReference reference = read_file_reference(text, folder);
  auto file = std::make_shared<IniFile>();
  Status read = IniFile::read(reference.path, *file);
  return read.is_ok() ? ContextReader(file, handed_down, effort)
                            .read(kind, reference.name, handed_down, context)
                      : read;
}

void read_factory(ByteView scheme, ByteView text, char divider, const SettingList& handed_down,
                  Context& context) {
  const std::size_t end = text.rfind(divider);
  const ByteView entry = end != ByteView::npos ? text.substr(end + 1) : ByteView("main");
  context.factory = {std::string(scheme), std::string(base::trim_space(text.substr(0, end))),
                     std::string(base::trim_space(entry))};
  context.global = handed_down;
}

Status read_any(Kind kind, ByteView uri, const std::string& folder, const SettingList& handed_down,
                Effort& effort, Context& context) {
  const ByteView scheme = scheme_of(uri);
  if (scheme.empty()) {
    return unknown(concat("URI has no scheme: '", uri, '\''));
  }
  const ByteView rest = uri.substr(scheme.size() + 1);
  const std::string known = base::lower_case(scheme);
  if (known == "config") {
    return read_config(kind, rest, folder, handed_down, effort, context);
  }
  if (known != "egg" && known != "call") {
    return unknown(concat("URI scheme not known: '", scheme, "' (from config, egg, call)"));
  }
  if (known == "call" && rest.find(':') == ByteView::npos) {
    return unknown(concat("Configuration not in format module:function: '", uri, '\''));
  }
  read_factory(known, rest, known == "egg" ? '#' : ':', handed_down, context);
  if (known == "call") {
    context.factory.name = (std::filesystem::path(folder) / context.factory.name).string();
  }
  return {};
}

}  // namespace

Status read_uri(Kind kind, ByteView uri, const std::string& folder, const SettingList& handed_down,
                Context& context) {
  Effort effort;
  return read_any(kind, uri, folder, handed_down, effort, context);
}

Status read_object(Kind kind, const std::shared_ptr<const IniFile>& file, ByteView name,
                   const SettingList& handed_down, Context& context) {
  Effort effort;
  return ContextReader(file, handed_down, effort).read(kind, name, handed_down, context);
}

bool has_object(Kind kind, const IniFile& file, ByteView name) {
  return !find_sections(kind, file, name).empty();
}

bool is_url_map(const Factory& factory) noexcept {
  return factory.scheme == "egg" && factory.entry == "urlmap" &&
         (factory.name == "Paste" || factory.name == "wserve");
}

}  // namespace wserve::deploy
