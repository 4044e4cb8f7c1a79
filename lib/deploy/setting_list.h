// NAME=VALUE settings of one application or filter, in the order in which they were given.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/status.h"

namespace wserve::deploy {

using base::ByteView;

struct Setting {
  std::string name;
  std::string value;
};

// Names are unique; they compare exactly.
class SettingList {
 public:
  // Reads `name=value other='two words'`: words between white space; a value may stand in double
  // quotes, where a backslash makes the next character an ordinary one, or in single quotes, where
  // nothing is special. A name that comes twice counts the last time. kInvalid.
  static base::Status parse(ByteView text, SettingList& settings);

  // Replaces or adds.
  void set(ByteView name, ByteView value);
  // All of `other`, over those of the same name.
  void update(const SettingList& other);
  // Null when absent.
  [[nodiscard]] const std::string* find(ByteView name) const noexcept;
  // Removes and returns it.
  std::optional<std::string> take(ByteView name);

  [[nodiscard]] std::size_t size() const noexcept { return settings_.size(); }
  [[nodiscard]] bool is_empty() const noexcept { return settings_.empty(); }
  [[nodiscard]] auto begin() const noexcept { return settings_.begin(); }
  [[nodiscard]] auto end() const noexcept { return settings_.end(); }

 private:
  std::vector<Setting> settings_;
  std::map<std::string, std::size_t, std::less<>> places_;  // of the names
};

}  // namespace wserve::deploy
