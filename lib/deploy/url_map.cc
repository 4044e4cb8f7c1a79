// Finding the application of a path, and moving the path on.
#include "deploy/url_map.h"

#include <algorithm>
#include <tuple>

#include "app/exchange.h"
#include "app/own_page.h"
#include "base/text.h"
#include "gateway/site.h"
#include "gateway/url_prefix.h"
#include "http/grammar.h"

namespace wserve::deploy {

using base::ByteView;
using base::Code;
using base::Status;

namespace {

// In lower case, the port without zeros in front; where there is none, `implied`, if that is given.
std::string normal_authority(ByteView authority, ByteView implied) {
  const ByteView name = http::without_port(authority);
  const ByteView given = authority.substr(std::min(name.size() + 1, authority.size()));
  const auto number = base::parse_port(given);
  const std::string port = number ? std::to_string(*number) : std::string(implied);
  return port.empty() ? base::lower_case(name) : base::concat(base::lower_case(name), ':', port);
}

}  // namespace

bool UrlMap::read_where(ByteView where, Mapping& mapping) {
  ByteView path = base::trim_space(where);
  for (const ByteView scheme : {ByteView("http://"), ByteView("https://")}) {
    if (path.starts_with(scheme)) {
      path.remove_prefix(scheme.size());
      const std::size_t slash = std::min(path.find('/'), path.size());
      mapping.host = base::lower_case(path.substr(0, slash));
      mapping.path = gateway::normalize_prefix(std::string(path.substr(slash)));
      return !mapping.host.empty();
    }
  }
  ByteView word = base::take_word(path);
  if (word == "domain") {
    mapping.host = base::lower_case(base::take_word(path));
    word = base::take_word(path);
    if (word == "port") {
      mapping.host += base::concat(':', base::take_word(path));
      word = base::take_word(path);
    }
  }
  mapping.path = gateway::normalize_prefix(std::string(word));
  return (word.starts_with('/') || (word.empty() && !mapping.host.empty())) && path.empty();
}

Status UrlMap::add(ByteView where, std::unique_ptr<app::Application> application) {
  Mapping mapping;
  if (!read_where(where, mapping)) {
    return {Code::kInvalid, base::concat("a path must be /PATH or domain HOST [port PORT] /PATH, "
                                         "got \"",
                                         where, '"')};
  }
  if (!http::is_authority(mapping.host)) {
    return {Code::kInvalid, base::concat("\"", where, "\" names no host, or no port")};
  }
  mapping.host = normal_authority(mapping.host, "");
  mapping.application = std::move(application);
  const auto is_same = [&](const Mapping& other) {
    return other.host == mapping.host && other.path == mapping.path;
  };
  if (std::any_of(mappings_.begin(), mappings_.end(), is_same)) {
    return {Code::kInvalid, base::concat("\"", where, "\" is there already")};
  }
  const auto order = [](const Mapping& a, const Mapping& b) {
    return std::make_tuple(a.host.size(), a.path.size()) >
           std::make_tuple(b.host.size(), b.path.size());
  };
  mappings_.insert(std::upper_bound(mappings_.begin(), mappings_.end(), mapping, order),
                   std::move(mapping));
  return {};
}

app::Application* UrlMap::find(ByteView authority, ByteView path,
                               std::size_t& matched) const noexcept {
  const ByteView name = http::without_port(authority);
  for (const Mapping& one : mappings_) {
    const bool is_host = one.host.empty() || one.host == authority || one.host == name;
    if (is_host && gateway::is_below(one.path, path)) {
      matched = one.path.size();
      return one.application.get();
    }
  }
  return nullptr;
}

app::Application* UrlMap::descend(gateway::Environ& environ) const {
  const ByteView path = environ.get("PATH_INFO");
  std::size_t matched = 0;
  const ByteView port = environ.get("ws.url_scheme") == "https" ? "443" : "80";
  app::Application* found = find(normal_authority(environ.get("HTTP_HOST"), port), path, matched);
  if (found == nullptr) {
    return not_found_.get();
  }
  environ.set("SCRIPT_NAME", base::concat(environ.get("SCRIPT_NAME"), path.substr(0, matched)));
  environ.put("PATH_INFO", gateway::path_below(path.substr(0, matched), path));
  return found;
}

Status UrlMap::handle(app::Exchange& exchange) {
  if (app::Application* found = descend(exchange.environ())) {
    return found->handle(exchange);
  }
  return app::reply_own_page(exchange, 404, "Not Found\n");
}

std::optional<bool> UrlMap::streams(app::Exchange& exchange, gateway::Environ& environ) {
  app::Application* found = descend(environ);
  return found != nullptr ? found->streams(exchange, environ) : std::nullopt;
}

bool UrlMap::chooses_streams() const noexcept {
  const auto chooses = [](const Mapping& one) { return one.application->chooses_streams(); };
  return std::any_of(mappings_.begin(), mappings_.end(), chooses) ||
         (not_found_ && not_found_->chooses_streams());
}

}  // namespace wserve::deploy
