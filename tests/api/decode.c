/* Streams to memory that grows. */
#include "decode.h"

#include <brotli/decode.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { STEP = 64 * 1024 };

static char* inflate_all(const char* body, size_t size, size_t* decoded, int must_end) {
  z_stream stream = {.next_in = (Bytef*)(uintptr_t)body, .avail_in = (uInt)size};
  char* out = NULL;
  int status = inflateInit2(&stream, 16 + MAX_WBITS);
  do {
    out = realloc(out, stream.total_out + STEP + 1);
    stream.next_out = (Bytef*)out + stream.total_out;
    stream.avail_out = STEP;
    status = inflate(&stream, Z_SYNC_FLUSH);
  } while (status == Z_OK && (stream.avail_out == 0 || stream.avail_in > 0));
  out[stream.total_out] = '\0';
  *decoded = stream.total_out;
  const int is_good = must_end ? status == Z_STREAM_END && stream.avail_in == 0
                               : status == Z_OK || status == Z_BUF_ERROR;
  inflateEnd(&stream);
  if (!is_good) {
    free(out);
    return NULL;
  }
  return out;
}

static char* unbrotli(const char* body, size_t size, size_t* decoded) {
  const uint8_t* next = (const uint8_t*)body;
  BrotliDecoderState* state = BrotliDecoderCreateInstance(NULL, NULL, NULL);
  BrotliDecoderResult result = BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT;
  char* out = NULL;
  *decoded = 0;
  while (result == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT) {
    out = realloc(out, *decoded + STEP + 1);
    size_t room = STEP;
    uint8_t* to = (uint8_t*)out + *decoded;
    result = BrotliDecoderDecompressStream(state, &size, &next, &room, &to, NULL);
    *decoded += STEP - room;
  }
  BrotliDecoderDestroyInstance(state);
  out[*decoded] = '\0';
  if (result != BROTLI_DECODER_RESULT_SUCCESS || size > 0) {
    free(out);
    return NULL;
  }
  return out;
}

char* decode(const char* coding, const char* body, size_t size, size_t* decoded) {
  return strcmp(coding, "br") == 0 ? unbrotli(body, size, decoded)
                                   : inflate_all(body, size, decoded, 1);
}

char* decode_so_far(const char* body, size_t size) {
  size_t decoded = 0;
  return inflate_all(body, size, &decoded, 0);
}
