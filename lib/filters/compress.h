// The filter compress, in the forms of <wserve/plugin.h>: what a plugin could do, by the public
// interface alone.
#pragma once

#include <wserve/plugin.h>

namespace wserve::filters {

// Answers pass through gzip or brotli where the client takes it and it is of use.
ws_status compress(ws_request* request, ws_next* next, void* filter_data);

// Settings: types, min_size, level, encodings, sync.
ws_status compress_open(const char* const* settings, const char* const* defaults,
                        void** filter_data, char* problem, size_t capacity);
// Once no request comes any more: those that were not answered yet keep what they need.
void compress_close(void* filter_data);

}  // namespace wserve::filters
