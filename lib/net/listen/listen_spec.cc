// Reads listen entries; resolves and binds nothing.
#include "net/listen/listen_spec.h"

#include <algorithm>
#include <limits>

#include "base/text.h"
#include "net/listen/mistaken_address.h"

namespace wserve::net {

using base::ByteView;
using base::Code;
using base::Status;

namespace {

Status invalid(const ListenSpec& spec, ByteView why) {
  return {Code::kInvalid, base::concat(named(spec), ": ", base::printable(why))};
}

Status read_proxy(ByteView value, ListenSpec& spec) {
  spec.speaks_proxy = value == "on";
  return value == "on" || value == "off" ? Status() : invalid(spec, "proxy must be on or off");
}

Status read_unix_option(ByteView name, ByteView value, ListenSpec& spec) {
  if (spec.is_abstract()) {
    return invalid(spec, "a Unix socket without a file has no mode, owner or group");
  }
  if (name == "mode") {
    return parse_file_mode(value, spec.mode) ? Status()
                                             : invalid(spec, "mode must be octal, 0..0777");
  }
  if (name == "owner") {
    spec.owner = value;
    return {};
  }
  if (name == "group") {
    spec.group = value;
    return {};
  }
  return invalid(spec, "the options of a Unix socket are mode, owner, group and proxy");
}

Status read_options(ByteView options, ListenSpec& spec) {
  while (!options.empty()) {
    ByteView value = base::take_until(options, '&');
    const ByteView name = base::take_until(value, '=');
    Status read = name == "proxy" ? read_proxy(value, spec)
                  : spec.kind == ListenSpec::Kind::kUnix
                      ? read_unix_option(name, value, spec)
                      : invalid(spec, "the only option of this kind of address is proxy");
    if (!read.is_ok()) {
      return read;
    }
  }
  return {};
}

Status read_descriptor(ByteView text, ListenSpec& spec) {
  std::uint64_t number = 0;
  if (base::parse_digits(text, number) != base::NumberError::kNone ||
      number > static_cast<std::uint64_t>(std::numeric_limits<int>::max())) {
    return invalid(spec, "fd: must be followed by a descriptor number");
  }
  spec.kind = ListenSpec::Kind::kDescriptor;
  spec.descriptor = static_cast<int>(number);
  return {};
}

// The last colon divides host and port, unless it belongs to a bare "[v6]".
Status read_tcp(ByteView text, ByteView default_port, ListenSpec& spec) {
  ByteView host = text;
  ByteView port = default_port;
  const std::size_t colon = text.rfind(':');
  if (colon != ByteView::npos && text.substr(colon).find(']') == ByteView::npos) {
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
  }
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != ByteView::npos) {
    return invalid(spec, "an IPv6 address must stand in brackets: [::1]:8080");
  }
  if (host.empty()) {
    return invalid(spec, "the host is missing; \"*\" stands for every address");
  }
  if (port.empty()) {
    return invalid(spec, "the port is missing");
  }
  if (!may_be_port(port)) {
    return invalid(spec, "the port must be 0..65535 or the name of a service");
  }
  spec.host = host == "*" ? ByteView() : host;
  spec.port = port;
  return {};
}

Status read_address(ByteView text, ByteView default_port, ListenSpec& spec) {
  if (text.starts_with("unix:")) {
    spec.kind = ListenSpec::Kind::kUnix;
    spec.path = text.substr(5);
    return spec.path.empty() || spec.path == "@" ? invalid(spec, "the path is missing") : Status();
  }
  if (text.starts_with("fd:") && !text.starts_with("fd://")) {
    return read_descriptor(text.substr(3), spec);
  }
  if (text == "systemd" || text.starts_with("systemd:")) {
    spec.kind = ListenSpec::Kind::kSystemd;
    spec.name = text.substr(std::min<std::size_t>(text.size(), 8));
    return {};
  }
  const std::string mistake = mistake_in(text);
  return mistake.empty() ? read_tcp(text, default_port, spec) : invalid(spec, mistake);
}

}  // namespace

Status parse_listen_spec(ByteView text, const ListenDefaults& defaults, ListenSpec& spec) {
  spec = ListenSpec{};
  spec.option = defaults.option;
  spec.text = text;
  spec.mode = defaults.mode;
  ByteView options = text;
  const ByteView address = base::take_until(options, '?');
  if (Status read = read_address(address, defaults.port, spec); !read.is_ok()) {
    return read;
  }
  return read_options(options, spec);
}

bool ListenSpec::is_same_address(const ListenSpec& other) const noexcept {
  if (kind != other.kind) {
    return false;
  }
  switch (kind) {
    case Kind::kTcp:
      return port != "0" && port == other.port && host == other.host;
    case Kind::kUnix:
      return path == other.path;
    case Kind::kDescriptor:
      return descriptor == other.descriptor;
    case Kind::kSystemd:
      return name.empty() || other.name.empty() || name == other.name;
  }
  return false;
}

std::string named(const ListenSpec& spec) {
  return base::concat(spec.option, ": \"", base::printable(spec.text), '"');
}

bool may_be_port(ByteView text) noexcept {
  return base::parse_port(text).has_value() ||
         std::any_of(text.begin(), text.end(), base::is_alpha);
}

bool parse_file_mode(ByteView text, unsigned& mode) noexcept {
  if (text.starts_with("0o")) {
    text.remove_prefix(2);
  }
  unsigned value = 0;
  for (const char c : text) {
    if (c < '0' || c > '7' || value > 0777) {
      return false;
    }
    value = value * 8 + static_cast<unsigned>(c - '0');
  }
  mode = value;
  return !text.empty() && value <= 0777;
}

}  // namespace wserve::net
