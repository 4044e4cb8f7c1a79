/* Media types by file name. */
#ifndef MEDIA_TYPES_H
#define MEDIA_TYPES_H

/* The type that a path's ending stands for; application/octet-stream for all others. "/" stands for
 * the index page. */
const char* media_type_of(const char* path);

#endif
