// ws_stat_*: the table of numbers, read from outside.
#include <wserve/stat.h>

#include "server/stat_table.h"

namespace {

using wserve::server::Stat;

const char* column(std::size_t index, const char* Stat::*member) noexcept {
  const auto table = wserve::server::stat_table();
  return index < table.size() ? table[index].*member : nullptr;
}

}  // namespace

size_t ws_stat_count() {
  return wserve::server::stat_table().size();
}

const char* ws_stat_name(size_t index) {
  return column(index, &Stat::name);
}

const char* ws_stat_metric(size_t index) {
  return column(index, &Stat::metric);
}

const char* ws_stat_labels(size_t index) {
  return column(index, &Stat::labels);
}

const char* ws_stat_type(size_t index) {
  return column(index, &Stat::type);
}

const char* ws_stat_unit(size_t index) {
  return column(index, &Stat::unit);
}

const char* ws_stat_help(size_t index) {
  return column(index, &Stat::help);
}

const char* ws_stat_since(size_t index) {
  return column(index, &Stat::since);
}
