// The options of one server: what was set, as text and as settings.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "server/option_table.h"
#include "server/settings.h"

namespace wserve::server {

class Options {
 public:
  Options();

  // kUnknown for a name that is no option, kInvalid for a value it cannot have. No value takes the
  // option back to its default.
  base::Status set(base::ByteView name, std::optional<base::ByteView> value);

  // The text that was set, or the default; null for a name that is no option. Valid until the next
  // set().
  [[nodiscard]] const char* get(base::ByteView name) const noexcept;

  // Was given, though perhaps with its default value.
  [[nodiscard]] bool is_set(base::ByteView name) const noexcept;

  // Every contradiction, in one message; kConflict.
  [[nodiscard]] base::Status check() const;

  [[nodiscard]] const Settings& settings() const noexcept { return settings_; }

  // Names that were set and have no effect.
  [[nodiscard]] std::vector<std::string> ignored() const;

 private:
  [[nodiscard]] static std::size_t index_of(const Option& option) noexcept;

  Settings settings_;
  std::vector<std::optional<std::string>> texts_;  // by index in the table
};

}  // namespace wserve::server
