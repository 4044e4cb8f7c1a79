// Setting options one by one, and the rules between them.
#include "server/options.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "server/similar_option.h"

namespace wserve::server {

using base::ByteView;
using base::Code;
using base::Status;

namespace {

constexpr std::array<const char*, 4> kIgnored = {"send_bytes", "channel_request_lookahead",
                                                 "asyncore_loop_timeout", "asyncore_use_poll"};

// Options of which at most one way may be used.
struct Exclusion {
  const char* one;
  const char* other;
};
constexpr std::array kExclusions = {
    Exclusion{"listen", "host"},         Exclusion{"listen", "port"},
    Exclusion{"listen", "sockets"},      Exclusion{"listen", "unix_socket"},
    Exclusion{"sockets", "host"},        Exclusion{"sockets", "port"},
    Exclusion{"sockets", "unix_socket"}, Exclusion{"unix_socket", "host"},
    Exclusion{"unix_socket", "port"},
};

// The options that say where to listen.
constexpr std::array<const char*, 5> kListeners = {"listen", "host", "port", "sockets",
                                                   "unix_socket"};

bool is_listener(ByteView name) noexcept {
  return std::find(kListeners.begin(), kListeners.end(), name) != kListeners.end();
}

// Forwarded says all of it, and goes with what tells of the request.
bool tells_of_client(ByteView header) noexcept {
  return std::any_of(gateway::kProxyHeaders.begin(), gateway::kProxyHeaders.end(),
                     [header](const gateway::ProxyHeaderName& name) {
                       return name.option == header && !gateway::is_mark(name.header) &&
                              name.header != gateway::ProxyHeader::kForwarded;
                     });
}

void add_problem(std::string& problems, const std::string& problem) {
  if (!problems.empty()) {
    problems += "; ";
  }
  problems += problem;
}

}  // namespace

Options::Options() : texts_(option_table().size()) {}

// Two names of one option share a text: whichever was set, and by whom, counts for both.
std::size_t Options::index_of(const Option& option) noexcept {
  const Option* one = option.other_name != nullptr ? find_option(option.other_name) : &option;
  return static_cast<std::size_t>(one - option_table().data());
}

Status Options::assign(ByteView name, std::optional<ByteView> value, Settings& settings,
                       std::size_t& index) {
  const Option* option = find_option(name);
  if (option == nullptr) {
    const char* meant = similar_option(name);
    return {Code::kUnknown,
            base::concat("\"", base::printable(name), "\" is not an option",
                         meant != nullptr ? "; did you mean " : "", meant != nullptr ? meant : "",
                         meant != nullptr ? "?" : "")};
  }
  index = index_of(*option);
  return option->assign(*option, value.value_or(option->default_text), settings);
}

// What get() says: of threads=auto the number.
std::string Options::kept_text(std::size_t index, ByteView value) const {
  const bool is_auto = base::equals_ignoring_case(base::trim_space(value), "auto");
  return is_auto && ByteView(option_table()[index].name) == "threads"
             ? std::to_string(settings_.threads)
             : std::string(value);
}

Status Options::set(ByteView name, std::optional<ByteView> value) {
  std::size_t index = 0;
  if (Status assigned = assign(name, value, settings_, index); !assigned.is_ok()) {
    return assigned;
  }
  texts_[index].value = value ? std::optional(kept_text(index, *value)) : std::nullopt;
  texts_[index].is_from_file = false;
  if (is_listener(option_table()[index].name)) {
    forget_listeners_of_file();
  }
  return {};
}

Status Options::set_from_file(ByteView name, ByteView value) {
  std::size_t index = 0;
  Settings changed = settings_;
  if (Status assigned = assign(name, value, changed, index); !assigned.is_ok()) {
    return assigned;
  }
  const auto is_set_by_hand = [this](ByteView other) {
    return is_set(other) && !texts_[index_of(*find_option(other))].is_from_file;
  };
  const bool is_overruled = is_listener(option_table()[index].name)
                                ? std::any_of(kListeners.begin(), kListeners.end(), is_set_by_hand)
                                : is_set_by_hand(name);
  if (!is_overruled) {
    settings_ = std::move(changed);
    texts_[index] = {kept_text(index, value), true};
  }
  return {};
}

// Each text stays where it is unless it is another one: see get().
Status Options::take_live(const Options& other) {
  for (const Option& option : option_table()) {
    const ByteView text = other.get(option.name);
    const bool is_set_there = other.is_set(option.name);
    const bool differs = text != get(option.name) || is_set_there != is_set(option.name);
    if (option.is_live && differs) {
      const auto value = is_set_there ? std::optional(text) : std::nullopt;
      if (Status taken = set(option.name, value); !taken.is_ok()) {
        return taken;
      }
    }
  }
  return {};
}

std::string Options::names_that_differ(const Options& other) const {
  std::string names;
  for (const Option& option : option_table()) {
    const bool counts = !option.is_live && option.other_name == nullptr;
    if (counts && ByteView(other.get(option.name)) != get(option.name)) {
      base::append(names, names.empty() ? "" : ", ");
      base::append(names, option.name);
    }
  }
  return names;
}

void Options::forget_listeners_of_file() {
  for (const char* name : kListeners) {
    Text& text = texts_[index_of(*find_option(name))];
    if (text.is_from_file) {
      std::size_t index = 0;
      static_cast<void>(assign(name, std::nullopt, settings_, index));
      text = {};
    }
  }
}

const char* Options::get(ByteView name) const noexcept {
  const Option* option = find_option(name);
  if (option == nullptr) {
    return nullptr;
  }
  const std::optional<std::string>& text = texts_[index_of(*option)].value;
  return text ? text->c_str() : option->default_text;
}

bool Options::is_set(ByteView name) const noexcept {
  const Option* option = find_option(name);
  return option != nullptr && texts_[index_of(*option)].value.has_value();
}

Status Options::check() const {
  std::string problems;
  for (const Exclusion& pair : kExclusions) {
    if (is_set(pair.one) && is_set(pair.other)) {
      add_problem(problems, base::concat(pair.other, " may not be set if ", pair.one, " is set"));
    }
  }
  if (!settings_.ipv4 && !settings_.ipv6) {
    add_problem(problems, "ipv4 and ipv6 may not both be false");
  }
  const auto& headers = settings_.trusted_proxy_headers;
  if (settings_.trusted_proxy.empty()) {
    constexpr const char* kNoMeaning = " has no meaning without setting trusted_proxy";
    if (is_set("trusted_proxy_count")) {
      add_problem(problems, base::concat("trusted_proxy_count", kNoMeaning));
    }
    if (!headers.empty()) {
      add_problem(problems, base::concat("trusted_proxy_headers", kNoMeaning));
    }
  }
  const auto other = std::find_if(headers.begin(), headers.end(),
                                  [](const std::string& name) { return tells_of_client(name); });
  if (std::find(headers.begin(), headers.end(), "forwarded") != headers.end() &&
      other != headers.end()) {
    add_problem(problems,
                base::concat("trusted_proxy_headers: forwarded and ", *other,
                             " are mutually exclusive, they could contradict each other"));
  }
  if (settings_.request_id_header.empty() &&
      std::find(headers.begin(), headers.end(), "x-request-id") != headers.end()) {
    add_problem(problems,
                "trusted_proxy_headers: x-request-id has no meaning without setting "
                "request_id_header");
  }
  return problems.empty() ? Status() : Status(Code::kConflict, problems);
}

std::vector<std::string> Options::ignored() const {
  std::vector<std::string> names;
  std::copy_if(kIgnored.begin(), kIgnored.end(), std::back_inserter(names),
               [this](const char* name) { return is_set(name); });
  return names;
}

}  // namespace wserve::server
