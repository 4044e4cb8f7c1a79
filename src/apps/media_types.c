/* The file endings that the web is made of. */
#include "media_types.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

static const struct {
  const char* ending;
  const char* type;
} types[] = {
    {".html", "text/html; charset=utf-8"},
    {".htm", "text/html; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".json", "application/json"},
    {".txt", "text/plain; charset=utf-8"},
    {".md", "text/markdown; charset=utf-8"},
    {".xml", "application/xml"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".jpg", "image/jpeg"},
    {".jpeg", "image/jpeg"},
    {".gif", "image/gif"},
    {".webp", "image/webp"},
    {".ico", "image/vnd.microsoft.icon"},
    {".woff2", "font/woff2"},
    {".pdf", "application/pdf"},
    {".wasm", "application/wasm"},
    {".mp4", "video/mp4"},
    {".mp3", "audio/mpeg"},
    {".zip", "application/zip"},
    {".gz", "application/gzip"},
};

const char* media_type_of(const char* path) {
  const size_t size = strlen(path);
  if (size == 0 || path[size - 1] == '/') {
    return types[0].type;
  }
  const char* ending = strrchr(path, '.');
  for (size_t i = 0; ending != NULL && i < sizeof types / sizeof types[0]; ++i) {
    if (strcasecmp(ending, types[i].ending) == 0) {
      return types[i].type;
    }
  }
  return "application/octet-stream";
}
