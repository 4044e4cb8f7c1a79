// Splits a checked head into target and fields. The one place that knows http_parser.
#pragma once

#include <cstddef>

#include "http/head_gate.h"
#include "http/request.h"

namespace wserve::http {

// `head` is the memory that check_head() read as `line`; it lives in request.arena and is written
// to: a NUL goes behind each text. Fields whose name holds "_" are left out: as environ keys they
// could not be told from those with "-". False when http_parser disagrees with the gate.
[[nodiscard]] bool tokenize(char* head, std::size_t size, const RequestLine& line,
                            Request& request);

}  // namespace wserve::http
