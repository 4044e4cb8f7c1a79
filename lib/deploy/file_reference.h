// References to other files.
#pragma once

#include <string>

#include "base/bytes.h"

namespace wserve::deploy {

// "FILE[#NAME]" of a `config:` URI, percent-decoded. Without a name it is "main".
struct FileReference {
  std::string path;
  std::string name;
};
[[nodiscard]] FileReference read_file_reference(base::ByteView text, const std::string& folder);

}  // namespace wserve::deploy
