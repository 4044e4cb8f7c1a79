// The folders in which applications are looked for.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace wserve::deploy {

class AppPath {
 public:
  // `folders` go first, then those of $WSERVE_APP_PATH (between colons; ignored in a privileged
  // program), then that of the bundled applications: "wserve" beside the library.
  explicit AppPath(const std::vector<std::string>& folders);

  // The first NAME.so, or libNAME.so.
  [[nodiscard]] std::optional<std::string> find(base::ByteView name) const;
  // Only among the bundled ones.
  [[nodiscard]] std::optional<std::string> find_bundled(base::ByteView name) const;
  // "a, b, c", for messages.
  [[nodiscard]] std::string text() const;

 private:
  std::vector<std::string> folders_;
};

}  // namespace wserve::deploy
