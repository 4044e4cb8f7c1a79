// From texts to the filters that come with the library.
#include "deploy/named_filter.h"

#include "app/prefix_filter.h"
#include "base/text.h"
#include "gateway/site.h"
#include "http/grammar.h"
#include "server/option_values.h"

namespace wserve::deploy {

using base::Code;
using base::Status;
using server::Option;

namespace {

Status read_prefix(const Option& setting, ByteView value, gateway::PrefixSettings& settings) {
  if (!http::is_field_value(value)) {
    return server::bad_value(setting, value, "free of control characters");
  }
  settings.prefix = gateway::normalize_prefix(std::string(value));
  return {};
}

// "0" is what people write who mean "none".
Status read_force_port(const Option& setting, ByteView value, gateway::PrefixSettings& settings) {
  const ByteView text = base::trim_space(value);
  if (!text.empty() && !base::parse_port(text)) {
    return server::bad_value(setting, value, setting.range);
  }
  settings.force_port = base::parse_port(text).value_or(0) == 0 ? "" : std::string(text);
  return {};
}

Status read_scheme(const Option& setting, ByteView value, gateway::PrefixSettings& settings) {
  return server::read_choice(setting, value, settings.scheme);
}

Status read_translate(const Option& setting, ByteView value, gateway::PrefixSettings& settings) {
  return server::read_bool(setting, value, settings.translate_forwarded_server);
}

Status read_append(const Option& setting, ByteView value, gateway::PrefixSettings& settings) {
  return server::read_bool(setting, value, settings.append);
}

struct PrefixSetting {
  const char* name;
  const char* range;
  Status (*read)(const Option&, ByteView, gateway::PrefixSettings&);
};

constexpr PrefixSetting kPrefixSettings[] = {
    {"prefix", "", read_prefix},
    {"translate_forwarded_server", "", read_translate},
    {"force_port", "1..65535 or empty", read_force_port},
    {"scheme", "http|https", read_scheme},
    {"append", "", read_append},
};

Status read_one(const Setting& given, gateway::PrefixSettings& settings) {
  std::string known;
  for (const PrefixSetting& one : kPrefixSettings) {
    if (given.name == one.name) {
      const Option described{one.name, "", "", "", one.range, "", "", nullptr};
      return one.read(described, given.value, settings);
    }
    known += known.empty() ? "" : ", ";
    known += one.name;
  }
  return {Code::kUnknown, base::concat('"', given.name, "\" is not a setting; there are ", known)};
}

Status make_prefix(const SettingList& settings, std::unique_ptr<app::Filter>& filter) {
  gateway::PrefixSettings prefix;
  for (const Setting& given : settings) {
    if (Status read = read_one(given, prefix); !read.is_ok()) {
      return read;
    }
  }
  filter = std::make_unique<app::PrefixFilter>(std::move(prefix));
  return {};
}

Status make_compress(const SettingList& settings, Plugins& plugins,
                     std::unique_ptr<app::Filter>& filter) {
  const SettingList no_defaults;
  return plugins.open_filter({"", "compress", settings, no_defaults}, filter);
}

}  // namespace

bool is_named_filter(ByteView name) noexcept {
  return name == "prefix" || name == "compress";
}

Status make_named_filter(ByteView name, const SettingList& settings, Plugins& plugins,
                         std::unique_ptr<app::Filter>& filter) {
  if (!is_named_filter(name)) {
    return {Code::kUnknown,
            base::concat("there is no filter \"", name, "\"; there are prefix and compress")};
  }
  Status made =
      name == "prefix" ? make_prefix(settings, filter) : make_compress(settings, plugins, filter);
  return made.is_ok() ? made
                      : Status(made.code(), base::concat("filter ", name, ": ", made.message()));
}

}  // namespace wserve::deploy
