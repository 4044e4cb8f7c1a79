/* Bodies with a content coding, decoded by zlib and libbrotlidec. */
#ifndef API_DECODE_H
#define API_DECODE_H

#include "support/client.h"

/* What the body is without its Content-Encoding, with a NUL behind it; to be freed. NULL when it is
 * no such thing, or ends too early. */
char* decode(const char* coding, const char* body, size_t size, size_t* decoded);

/* As much of it as there is so far, of gzip; to be freed. */
char* decode_so_far(const char* body, size_t size);

#endif
