// http/chunk_decoder: strict, in pieces of any size.
#include <string>

#include "http/chunk_decoder.h"
#include "support/cmocka.h"
#include "support/text_asserts.h"

using namespace wserve::http;
using Progress = ChunkDecoder::Progress;

namespace {

struct Decoded {
  Progress progress = Progress::kNeedsMore;
  std::string data;
  std::string rest;
  Refusal refusal;
};

// Feeds `piece` bytes at a time.
Decoded decode(ByteView input, std::size_t piece, std::uint64_t max_body = 1000,
               std::uint64_t max_overhead = 1000) {
  ChunkDecoder decoder;
  decoder.restart(max_body, max_overhead);
  Decoded decoded;
  while (!input.empty()) {
    ByteView part = input.substr(0, piece);
    input.remove_prefix(part.size());
    ByteView data;
    do {
      decoded.progress = decoder.decode(part, data);
      if (decoded.progress == Progress::kData) {
        decoded.data += data;
      }
    } while (decoded.progress == Progress::kData);
    if (decoded.progress != Progress::kNeedsMore) {
      decoded.rest = std::string(part) + std::string(input);
      decoded.refusal = decoder.refusal();
      return decoded;
    }
  }
  return decoded;
}

struct GoodCase {
  const char* input;
  const char* data;
  const char* rest;
};

void test_chunk_decoder__decodes(void**) {
  const GoodCase cases[] = {
      {"0\r\n\r\n", "", ""},
      {"0\r\n\r\nNEXT", "", "NEXT"},
      {"5\r\nhello\r\n0\r\n\r\n", "hello", ""},
      {"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", "hello world", ""},
      {"0005\r\nhello\r\n000\r\n\r\n", "hello", ""},
      {"B\r\nhello world\r\n0\r\n\r\n", "hello world", ""},
      {"b\r\nhello world\r\n0\r\n\r\n", "hello world", ""},
      {"4\r\n\r\n\r\n\r\n0\r\n\r\n", "\r\n\r\n", ""},
      {"5;test\r\nhello\r\n0;last\r\n\r\n", "hello", ""},
      {"5;a=b;c=\"d \\\" ;e\"\r\nhello\r\n0\r\n\r\n", "hello", ""},
      {"0\r\nX-Trailer: yes\r\nOther:\r\n\r\nNEXT", "", "NEXT"},
      {"0\r\nTransfer-Encoding: chunked\r\n\r\n", "", ""},
  };
  for (const GoodCase& c : cases) {
    for (std::size_t piece = 1; piece <= 8; ++piece) {
      const Decoded decoded = decode(c.input, piece);
      assert_int_equal(static_cast<int>(decoded.progress), static_cast<int>(Progress::kDone));
      assert_text_equal(decoded.data, c.data);
      assert_text_equal(decoded.rest, c.rest);
    }
  }
}

struct BadCase {
  ByteView input;
  int status;
  const char* detail;
};

void test_chunk_decoder__refuses(void**) {
  using namespace std::literals;
  const BadCase cases[] = {
      {"\r\n", 400, "Invalid chunk size"},
      {" 4\r\n", 400, "Invalid chunk size"},
      {"4 \r\n", 400, "Invalid chunk size"},
      {"+4\r\n", 400, "Invalid chunk size"},
      {"-4\r\n", 400, "Invalid chunk size"},
      {"0x4\r\n", 400, "Invalid chunk size"},
      {"x4\r\n", 400, "Invalid chunk size"},
      {";a\r\n", 400, "Invalid chunk size"},
      {"4\n", 400, "Invalid chunk size"},
      {"4\n\r\n", 400, "Invalid chunk size"},
      {"4\rX", 400, "Invalid chunk size"},
      {"\x80\r\n", 400, "Invalid chunk size"},
      {"4;\r\n", 400, "Invalid chunk extension"},
      {"4;;a\r\n", 400, "Invalid chunk extension"},
      {"4; a\r\n", 400, "Invalid chunk extension"},
      {"4;a =b\r\n", 400, "Invalid chunk extension"},
      {"4;a= b\r\n", 400, "Invalid chunk extension"},
      {"4;a=\r\n", 400, "Invalid chunk extension"},
      {"4;a\n\r\n", 400, "Invalid chunk extension"},
      {"4;\n\r\n", 400, "Invalid chunk extension"},
      {"4;foo\n\r\n", 400, "Invalid chunk extension"},
      {"4;a=\"b\r\n", 400, "Invalid chunk extension"},
      {"4;a=\"b\"c\r\n", 400, "Invalid chunk extension"},
      {"4;a=\"\0\"\r\n"sv, 400, "Invalid chunk extension"},
      {"4;a\0\r\n"sv, 400, "Invalid chunk extension"},
      {"4\r\nabcdXX", 400, "Chunk not properly terminated"},
      {"4\r\nabcd\rX", 400, "Chunk not properly terminated"},
      {"4\r\nabcd\n", 400, "Chunk not properly terminated"},
      {"4\r\nabcde\r\n", 400, "Chunk not properly terminated"},
      {"0\r\nno colon\r\n", 400, "Invalid trailer"},
      {"0\r\n folded\r\n", 400, "Invalid trailer"},
      {"0\r\na : b\r\n", 400, "Invalid trailer"},
      {"0\r\n: b\r\n", 400, "Invalid trailer"},
      {"0\r\na: \x01\r\n", 400, "Invalid trailer"},
      {"0\r\na: b\n", 400, "Invalid trailer"},
      {"0\r\n\rX", 400, "Invalid trailer"},
      {"0\r\n\n", 400, "Invalid trailer"},
      {"3e9\r\n", 413, "The request body is longer than max_request_body_size (1000 bytes)"},
      {"FFFFFFFFFFFFFFFFF\r\n", 413,
       "The request body is longer than max_request_body_size (1000 bytes)"},
      {"10000000000000000\r\n", 413,
       "The request body is longer than max_request_body_size (1000 bytes)"},
  };
  for (const BadCase& c : cases) {
    for (std::size_t piece = 1; piece <= c.input.size(); ++piece) {
      const Decoded decoded = decode(c.input, piece);
      assert_int_equal(static_cast<int>(decoded.progress), static_cast<int>(Progress::kRefused));
      assert_int_equal(decoded.refusal.status, c.status);
      assert_text_equal(decoded.refusal.detail, c.detail);
    }
  }
}

void test_chunk_decoder__limits_the_sum_of_chunks(void**) {
  assert_int_equal(
      static_cast<int>(decode("5\r\nhello\r\n5\r\nworld\r\n0\r\n\r\n", 3, 10).progress),
      static_cast<int>(Progress::kDone));
  const Decoded over = decode("5\r\nhello\r\n6\r\nworld!\r\n0\r\n\r\n", 3, 10);
  assert_int_equal(over.refusal.status, 413);
  assert_text_equal(over.data, "hello");
}

void test_chunk_decoder__limits_what_is_not_data(void**) {
  const std::string extension = "5;" + std::string(100, 'x') + "\r\nhello\r\n0\r\n\r\n";
  assert_int_equal(decode(extension, 16, 1000, 50).refusal.status, 413);
  const std::string trailer = "0\r\nx: " + std::string(100, 'x') + "\r\n\r\n";
  assert_int_equal(decode(trailer, 16, 1000, 50).refusal.status, 413);
  std::string tiny;
  for (int i = 0; i < 20; ++i) {
    tiny += "1\r\nx\r\n";
  }
  assert_int_equal(decode(tiny + "0\r\n\r\n", 16, 1000, 50).refusal.status, 413);
  // Chunks that carry something pay for themselves.
  std::string useful;
  for (int i = 0; i < 100; ++i) {
    useful += "00000A\r\n0123456789\r\n";
  }
  assert_true(decode(useful + "0\r\n\r\n", 16, 1000, 50).progress == Progress::kDone);
}

// A size line may hold any of these bytes in http_parser.
void test_chunk_decoder__every_byte_behind_a_size(void**) {
  for (int c = 0; c < 256; ++c) {
    const char byte = static_cast<char>(c);
    const bool fits = wserve::base::hex_value(byte) >= 0 || byte == ';' || byte == '\r';
    const std::string input = std::string("1") + byte;
    const Progress expected = fits ? Progress::kNeedsMore : Progress::kRefused;
    assert_int_equal(static_cast<int>(decode(input, 2).progress), static_cast<int>(expected));
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_chunk_decoder__decodes),
      cmocka_unit_test(test_chunk_decoder__refuses),
      cmocka_unit_test(test_chunk_decoder__limits_the_sum_of_chunks),
      cmocka_unit_test(test_chunk_decoder__limits_what_is_not_data),
      cmocka_unit_test(test_chunk_decoder__every_byte_behind_a_size),
  };
  return cmocka_run_group_tests_name("http/chunk_decoder", tests, nullptr, nullptr);
}
