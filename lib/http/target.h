// The request-target (RFC 9112 §3.2): which form it has, and its decoded path and raw query.
#pragma once

#include "base/arena.h"
#include "http/grammar.h"
#include "http/refusal.h"

namespace wserve::http {

struct Target {
  ByteView path;       // percent-decoded once; a run of leading slashes is one slash, and none is
                       // one too (RFC 9110 §4.2.3)
  ByteView query;      // behind the first "?", not decoded
  ByteView authority;  // of an absolute-form target; replaces Host (RFC 9112 §3.2.2)
};

// The views of `target` point into `text` or into `arena`. Those that do not end where `text` ends
// have a NUL behind them; the caller puts one behind `text`.
[[nodiscard]] Verdict parse_target(ByteView method, ByteView text, base::Arena& arena,
                                   Target& target);

// Of a target in absolute form its authority, which stands for Host; empty for others.
[[nodiscard]] ByteView raw_authority_of(ByteView target) noexcept;

// The path of a target that was parsed, as received; no NUL behind it.
[[nodiscard]] ByteView raw_path_of(ByteView target) noexcept;

// "//x" becomes "/x": an application that builds a URL from it would name another host.
[[nodiscard]] inline ByteView one_leading_slash(ByteView path) noexcept {
  while (path.starts_with("//")) {
    path.remove_prefix(1);
  }
  return path;
}

}  // namespace wserve::http
