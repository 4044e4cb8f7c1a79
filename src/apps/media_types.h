/* Media types by file name. */
#ifndef MEDIA_TYPES_H
#define MEDIA_TYPES_H

struct media_types;

enum { MEDIA_TYPE_SIZE = 128 };

/* Reads a file in the form of mime.types: a type and the endings that stand for it in each line.
 * What it does not name, the web's usual endings, is built in. NULL reads the system's file, if it
 * has one; "" reads none.
 *
 * NULL with errno when it cannot be read. */
struct media_types* media_types_read(const char* file);
void media_types_free(struct media_types* types);

/* The type that a path's ending stands for, in any case; application/octet-stream for all others.
 * "/" stands for the index page. Texts are said to be in UTF-8. */
void media_type_of(const struct media_types* types, const char* path, char type[MEDIA_TYPE_SIZE]);

#endif
