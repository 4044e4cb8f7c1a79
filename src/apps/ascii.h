/* Comparing as HTTP does: the letters of ASCII, whatever the locale says. */
#ifndef ASCII_H
#define ASCII_H

#include <stddef.h>

static inline int ascii_lower(char c) {
  return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : (unsigned char)c;
}

/* Less than, equal to or greater than 0, as strncasecmp(3) in the C locale. */
static inline int ascii_compare(const char* one, const char* other, size_t size) {
  for (size_t i = 0; i < size; ++i) {
    const int difference = ascii_lower(one[i]) - ascii_lower(other[i]);
    if (difference != 0 || one[i] == '\0') {
      return difference;
    }
  }
  return 0;
}

#endif
