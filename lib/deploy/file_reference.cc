// Taking a `config:` URI apart.
#include "deploy/file_reference.h"

#include <algorithm>
#include <filesystem>

namespace wserve::deploy {

using base::ByteView;

namespace {

std::string percent_decoded(ByteView text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_code = text[i] == '%' && i + 2 < text.size() &&
                         base::hex_value(text[i + 1]) >= 0 && base::hex_value(text[i + 2]) >= 0;
    decoded +=
        is_code
            ? static_cast<char>(base::hex_value(text[i + 1]) * 16 + base::hex_value(text[i + 2]))
            : text[i];
    i += is_code ? 2 : 0;
  }
  return decoded;
}

}  // namespace

FileReference read_file_reference(ByteView text, const std::string& folder) {
  std::string path = percent_decoded(base::take_until(text, '#'));
  std::replace(path.begin(), path.end(), '\\', '/');
  return {(std::filesystem::path(folder) / path).string(),
          text.empty() ? "main" : std::string(text)};
}

}  // namespace wserve::deploy
