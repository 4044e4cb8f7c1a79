// What the filter compress is told: which answers, and how.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "filters/coder.h"

namespace wserve::filters {

struct CompressSettings {
  std::vector<std::string> types;
  std::int64_t min_size = 1024;
  int level = 0;  // the usual one of each coding
  bool sync = true;

  // The usual ones.
  CompressSettings();
  // WS_EUNKNOWN or WS_EINVAL with what is wrong: the setting, its value and what is allowed.
  ws_status set(std::string_view name, std::string_view value, std::string& problem);
  // Whether answers of this Content-Type are encoded.
  [[nodiscard]] bool has_type(std::string_view content_type) const noexcept;

  // Codings, the best first; none leaves nothing to do.
  void set_codings(std::vector<const Coding*> codings);
  [[nodiscard]] bool has_codings() const noexcept { return !codings_.empty(); }
  // What there is to choose from: their names, and behind them "identity", of which the coding is
  // null.
  [[nodiscard]] const std::vector<const char*>& offers() const noexcept { return offers_; }
  [[nodiscard]] const Coding* coding(std::size_t offer) const noexcept {
    return offer < codings_.size() ? codings_[offer] : nullptr;
  }

 private:
  std::vector<const Coding*> codings_;
  std::vector<const char*> offers_;
};

}  // namespace wserve::filters
