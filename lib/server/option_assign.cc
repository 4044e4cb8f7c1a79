// The options whose texts have a grammar of their own.
#include "server/option_assign.h"

#include <algorithm>
#include <array>

#include "app/response_fields.h"
#include "base/processors.h"
#include "gateway/proxy_policy.h"
#include "gateway/site.h"
#include "gateway/trusted_peers.h"
#include "net/listen/listen_spec.h"
#include "observe/access_format.h"
#include "observe/access_target.h"
#include "server/sizing.h"

namespace wserve::server {

using base::ByteView;
using base::Status;

namespace {

constexpr ByteView kNoProxyHeaders = "none";

// Some of the fields that mean something else than a name of the request.
constexpr std::array<ByteView, 12> kOtherFields = {"authorization",  "content-encoding",
                                                   "content-length", "content-type",
                                                   "cookie",         "date",
                                                   "expect",         "host",
                                                   "location",       "proxy",
                                                   "set-cookie",     "server"};

bool is_proxy_header(const std::string& name) {
  return std::any_of(gateway::kProxyHeaders.begin(), gateway::kProxyHeaders.end(),
                     [&](const auto& known) { return known.option == name; });
}

}  // namespace

Status assign_listen(const Option& option, ByteView value, Settings& settings) {
  std::vector<std::string> entries = read_list(value);
  if (entries.empty()) {
    return bad_value(option, value, "at least one address");
  }
  for (const std::string& entry : entries) {
    if (entry == kNoListener && entries.size() > 1) {
      return bad_value(option, value, "none, or addresses");
    }
    net::ListenSpec spec;
    if (Status parsed = net::parse_listen_spec(entry, {}, spec); !parsed.is_ok()) {
      return parsed;
    }
  }
  settings.listen = std::move(entries);
  return {};
}

Status assign_metrics_listen(const Option& option, ByteView value, Settings& settings) {
  std::vector<std::string> entries = read_list(value);
  for (const std::string& entry : entries) {
    net::ListenSpec spec;
    if (Status parsed = net::parse_listen_spec(entry, {.option = option.name}, spec);
        !parsed.is_ok()) {
      return parsed;
    }
    if (spec.speaks_proxy) {
      return bad_value(option, entry, "without ?proxy=on");
    }
  }
  settings.metrics_listen = std::move(entries);
  return {};
}

Status assign_health_path(const Option& option, ByteView value, Settings& settings) {
  const ByteView path = base::trim_space(value);
  // It is compared with what is decoded.
  const bool is_path = path.starts_with('/') && !path.ends_with('/') &&
                       path.find("//") == ByteView::npos && path.find('%') == ByteView::npos &&
                       std::all_of(path.begin(), path.end(), http::is_path_char);
  if (!path.empty() && !is_path) {
    return bad_value(option, path,
                     "a path that begins with / and does not end with it, as /healthz, without "
                     "escapes and empty parts");
  }
  settings.health_path = path;
  return {};
}

// "auto" is a number at once, so that whoever makes threads himself can ask for it.
Status assign_threads(const Option& option, ByteView value, Settings& settings) {
  if (base::equals_ignoring_case(base::trim_space(value), "auto")) {
    settings.threads = automatic_threads(base::count_processors());
    return {};
  }
  return assign_number<&Settings::threads>(option, value, settings);
}

Status assign_access_log(const Option& /*option*/, ByteView value, Settings& settings) {
  const ByteView target = base::trim_space(value);
  Status checked = observe::AccessTarget::check(target);
  if (checked.is_ok()) {
    settings.access_log = target;
  }
  return checked;
}

Status assign_access_log_format(const Option& /*option*/, ByteView value, Settings& settings) {
  observe::AccessFormat format;
  Status parsed = observe::AccessFormat::parse(value, format);
  if (parsed.is_ok()) {
    settings.access_log_format = value;
  }
  return parsed;
}

Status assign_port(const Option& option, ByteView value, Settings& settings) {
  const ByteView port = base::trim_space(value);
  if (!net::may_be_port(port)) {
    return bad_value(option, value, option.range);
  }
  settings.port = port;
  return {};
}

Status assign_sockets(const Option& option, ByteView value, Settings& settings) {
  std::vector<std::string> entries = read_list(value);
  for (const std::string& entry : entries) {
    if (!std::all_of(entry.begin(), entry.end(), base::is_digit)) {
      return bad_value(option, value, "a list of descriptor numbers");
    }
  }
  settings.sockets = std::move(entries);
  return {};
}

Status assign_prefix(const Option& option, ByteView value, Settings& settings) {
  if (!http::is_field_value(value)) {
    return bad_value(option, value, "free of control characters");
  }
  settings.url_prefix = gateway::normalize_prefix(std::string(value));
  return {};
}

Status assign_trusted_proxy(const Option& /*option*/, ByteView value, Settings& settings) {
  gateway::TrustedPeers peers;
  if (Status parsed = gateway::TrustedPeers::parse(value, peers); !parsed.is_ok()) {
    return parsed;
  }
  settings.trusted_proxy = base::trim_space(value);
  return {};
}

Status assign_proxy_headers(const Option& option, ByteView value, Settings& settings) {
  std::vector<std::string> names;
  const std::vector<std::string> words = read_list(value);
  for (const std::string& word : words) {
    std::string name = base::lower_case(word);
    const bool is_none = name == kNoProxyHeaders && words.size() == 1;
    if (!is_none && !is_proxy_header(name)) {
      return bad_value(option, word, base::concat("a list of ", option.range));
    }
    names.push_back(std::move(name));
  }
  settings.trusted_proxy_headers = std::move(names);
  return {};
}

// Both in requests and in answers it must mean nothing else.
Status assign_request_id_header(const Option& option, ByteView value, Settings& settings) {
  const ByteView name = base::trim_space(value);
  const bool is_name = std::all_of(name.begin(), name.end(), [](char c) {
    return base::is_alpha(c) || base::is_digit(c) || c == '-';
  });
  const bool is_taken = std::any_of(kOtherFields.begin(), kOtherFields.end(), [&](ByteView other) {
    return base::equals_ignoring_case(other, name);
  });
  const std::string lower = base::lower_case(name);
  const bool is_proxys = is_proxy_header(lower) && lower != "x-request-id";
  if (!is_name || is_taken || is_proxys || app::is_hop_by_hop(name)) {
    return bad_value(option, value, "a field of its own, such as X-Request-ID");
  }
  settings.request_id_header = name;
  return {};
}

}  // namespace wserve::server
