// ws_option_*: the option table, read from outside.
#include <wserve/option.h>

#include "server/option_examples.h"

namespace {

using wserve::server::Option;

const char* column(std::size_t index, const char* Option::*member) noexcept {
  const auto table = wserve::server::option_table();
  return index < table.size() ? table[index].*member : nullptr;
}

const char* column(std::size_t index, const char* wserve::server::OptionExample::*member) noexcept {
  const auto table = wserve::server::option_table();
  return index < table.size() ? wserve::server::example_of(table[index]).*member : nullptr;
}

}  // namespace

size_t ws_option_count() {
  return wserve::server::option_table().size();
}

const char* ws_option_name(size_t index) {
  return column(index, &Option::name);
}

const char* ws_option_type(size_t index) {
  return column(index, &Option::type);
}

const char* ws_option_unit(size_t index) {
  return column(index, &Option::unit);
}

const char* ws_option_default(size_t index) {
  return column(index, &Option::default_text);
}

const char* ws_option_range(size_t index) {
  return column(index, &Option::range);
}

const char* ws_option_help(size_t index) {
  return column(index, &Option::help);
}

const char* ws_option_since(size_t index) {
  return column(index, &Option::since);
}

int ws_option_is_live(size_t index) {
  const auto table = wserve::server::option_table();
  return index < table.size() && table[index].is_live ? 1 : 0;
}

const char* ws_option_example(size_t index) {
  return column(index, &wserve::server::OptionExample::value);
}

const char* ws_option_see_also(size_t index) {
  return column(index, &wserve::server::OptionExample::see_also);
}
