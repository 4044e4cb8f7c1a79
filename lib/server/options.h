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

  // The same for a value out of a file, which is weaker than set(), whichever comes first. Where to
  // listen is one thing in this: a file's ways to say it fall with the first set() of any.
  base::Status set_from_file(base::ByteView name, base::ByteView value);

  // The options that may change while a server runs become those of `other`.
  base::Status take_live(const Options& other);
  // Names of the others that are not as `other` has them.
  [[nodiscard]] std::string names_that_differ(const Options& other) const;

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
  struct Text {
    std::optional<std::string> value;
    bool is_from_file = false;
  };

  [[nodiscard]] static std::size_t index_of(const Option& option) noexcept;
  // kUnknown, kInvalid.
  static base::Status assign(base::ByteView name, std::optional<base::ByteView> value,
                             Settings& settings, std::size_t& index);
  [[nodiscard]] std::string kept_text(std::size_t index, base::ByteView value) const;
  // Back to the defaults.
  void forget_listeners_of_file();

  Settings settings_;
  std::vector<Text> texts_;  // by index in the table
};

}  // namespace wserve::server
