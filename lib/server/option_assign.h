// Takes the text of an option over into the settings: what the rows of the option table point to.
#pragma once

#include <type_traits>

#include "base/text.h"
#include "http/grammar.h"
#include "server/option_values.h"

namespace wserve::server {

template <auto Member>
base::Status assign_bool(const Option& option, base::ByteView value, Settings& settings) {
  return read_bool(option, value, settings.*Member);
}

template <auto Member>
base::Status assign_number(const Option& option, base::ByteView value, Settings& settings) {
  std::uint64_t number = 0;
  base::Status read = read_number(option, value, number);
  if (read.is_ok()) {
    using Type = std::remove_reference_t<decltype(settings.*Member)>;
    settings.*Member = static_cast<Type>(number);
  }
  return read;
}

template <auto Member>
base::Status assign_size(const Option& option, base::ByteView value, Settings& settings) {
  return read_size(option, value, settings.*Member);
}

template <auto Member>
base::Status assign_seconds(const Option& option, base::ByteView value, Settings& settings) {
  return read_seconds(option, value, settings.*Member);
}

template <auto Member>
base::Status assign_mode(const Option& option, base::ByteView value, Settings& settings) {
  return read_mode(option, value, settings.*Member);
}

template <auto Member>
base::Status assign_choice(const Option& option, base::ByteView value, Settings& settings) {
  return read_choice(option, value, settings.*Member);
}

template <auto Member>
base::Status assign_text(const Option& /*option*/, base::ByteView value, Settings& settings) {
  settings.*Member = base::trim_space(value);
  return {};
}

template <auto Member>
base::Status assign_list(const Option& /*option*/, base::ByteView value, Settings& settings) {
  settings.*Member = read_list(value);
  return {};
}

// A text that becomes part of a header or of an environ value that is used as one.
template <auto Member>
base::Status assign_field_text(const Option& option, base::ByteView value, Settings& settings) {
  const base::ByteView text = base::trim_space(value);
  if (!http::is_field_value(text)) {
    return bad_value(option, text, "free of control characters");
  }
  settings.*Member = text;
  return {};
}

// What `Read` reads, or "auto", for which `Auto` stands; the option's range says both.
template <auto Member, auto Read, std::uint64_t Auto = 0>
base::Status assign_or_auto(const Option& option, base::ByteView value, Settings& settings) {
  std::uint64_t number = Auto;
  if (!base::equals_ignoring_case(base::trim_space(value), "auto")) {
    if (base::Status read = Read(option, value, number); !read.is_ok()) {
      return read;
    }
  }
  using Type = std::remove_reference_t<decltype(settings.*Member)>;
  settings.*Member = static_cast<Type>(number);
  return {};
}

base::Status assign_listen(const Option& option, base::ByteView value, Settings& settings);
base::Status assign_metrics_listen(const Option& option, base::ByteView value, Settings& settings);
base::Status assign_health_path(const Option& option, base::ByteView value, Settings& settings);
base::Status assign_threads(const Option& option, base::ByteView value, Settings& settings);
base::Status assign_access_log(const Option& option, base::ByteView value, Settings& settings);
base::Status assign_access_log_format(const Option& option, base::ByteView value,
                                      Settings& settings);
base::Status assign_port(const Option& option, base::ByteView value, Settings& settings);
base::Status assign_sockets(const Option& option, base::ByteView value, Settings& settings);
base::Status assign_prefix(const Option& option, base::ByteView value, Settings& settings);
base::Status assign_trusted_proxy(const Option& option, base::ByteView value, Settings& settings);
base::Status assign_proxy_headers(const Option& option, base::ByteView value, Settings& settings);
base::Status assign_request_id_header(const Option& option, base::ByteView value,
                                      Settings& settings);

}  // namespace wserve::server
