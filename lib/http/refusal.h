// A request that is not served, and why: a value, not an error of ours.
#pragma once

#include <optional>
#include <string>

namespace wserve::http {

struct Refusal {
  int status = 400;
  // One sentence for the client. Never a part of the request: error pages repeat nothing.
  std::string detail;
  // What went wrong on our side, for the log alone; empty when it is the client's mistake.
  std::string fault = {};
};

// Nothing, or the reason to refuse.
using Verdict = std::optional<Refusal>;

inline constexpr std::nullopt_t kFine = std::nullopt;

}  // namespace wserve::http
