// http/answer_head, http/chunk_encoder: the text of an answer, byte by byte.
#include <limits>

#include "http/answer_head.h"
#include "http/chunk_encoder.h"
#include "support/cmocka.h"
#include "support/text_asserts.h"

using namespace wserve::http;
using wserve::base::ByteBuffer;

namespace {

void test_answer_head__is_lines(void**) {
  ByteBuffer head;
  head.append("what was there before");
  begin_head(head, 1, 204, "No Content");
  write_field(head, "X-A", "a b");
  write_field(head, "Content-Length", std::numeric_limits<std::uint64_t>::max());
  write_field(head, "X-Zero", 0);
  end_head(head);
  assert_text_equal(
      head.view(),
      "HTTP/1.1 204 No Content\r\nX-A: a b\r\nContent-Length: 18446744073709551615\r\n"
      "X-Zero: 0\r\n\r\n");
  begin_head(head, 0, 599, "");
  assert_text_equal(head.view(), "HTTP/1.0 599 \r\n");
}

void test_answer_head__says_of_the_connection_what_is_not_usual(void**) {
  struct Case {
    int minor_version;
    bool keeps_alive;
    bool upgrades;
    const char* line;
  };
  for (const Case& one : {Case{1, true, false, ""}, Case{1, true, true, "Connection: upgrade\r\n"},
                          Case{1, false, false, "Connection: close\r\n"},
                          Case{1, false, true, "Connection: close, upgrade\r\n"},
                          Case{0, true, false, "Connection: Keep-Alive\r\n"},
                          Case{0, true, true, "Connection: Keep-Alive, upgrade\r\n"},
                          Case{0, false, false, "Connection: close\r\n"}}) {
    ByteBuffer lines;
    write_connection(lines, one.minor_version, one.keeps_alive, one.upgrades);
    assert_text_equal(lines.view(), one.line);
  }
}

void test_chunk_encoder__says_the_size_in_hexadecimal(void**) {
  assert_text_equal(ChunkHeader(0).view(), "0\r\n");
  assert_text_equal(ChunkHeader(10).view(), "A\r\n");
  assert_text_equal(ChunkHeader(0x1F0).view(), "1F0\r\n");
  assert_text_equal(ChunkHeader(std::numeric_limits<std::uint64_t>::max()).view(),
                    "FFFFFFFFFFFFFFFF\r\n");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_answer_head__is_lines),
      cmocka_unit_test(test_answer_head__says_of_the_connection_what_is_not_usual),
      cmocka_unit_test(test_chunk_encoder__says_the_size_in_hexadecimal),
  };
  return cmocka_run_group_tests_name("http/answer_head", tests, nullptr, nullptr);
}
