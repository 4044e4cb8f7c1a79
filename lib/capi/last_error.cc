// A fixed text per thread.
#include "capi/last_error.h"

#include <algorithm>
#include <array>

#include "capi/status_names.h"

namespace wserve::capi {

namespace {

constexpr std::size_t kCapacity = 1024;

thread_local std::array<char, kCapacity> last_text{};

}  // namespace

void set_last_error(const base::Status& status) noexcept {
  const std::string_view text =
      status.message().empty() ? describe(status.code()) : std::string_view(status.message());
  const std::size_t size = std::min(text.size(), kCapacity - 1);
  std::replace_copy(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(size),
                    last_text.begin(), '\n', ' ');
  last_text[size] = '\0';
}

void clear_last_error() noexcept {
  last_text[0] = '\0';
}

const char* last_error() noexcept {
  return last_text.data();
}

}  // namespace wserve::capi
