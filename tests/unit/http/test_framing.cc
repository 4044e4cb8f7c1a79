// http/framing: where a body ends and whether the connection stays.
#include <vector>

#include "http/framing.h"
#include "support/cmocka.h"
#include "support/text_asserts.h"

using namespace wserve::http;

namespace {

constexpr std::uint64_t kMaxBody = 1000;

struct Line {
  const char* name;
  const char* value;
};

struct Judged {
  Verdict verdict;
  Framing framing;
};

Judged judge(int minor_version, const std::vector<Line>& lines) {
  Judged judged;
  FramingRules rules;
  for (const Line& line : lines) {
    judged.verdict = rules.on_field(line.name, line.value);
    if (judged.verdict) {
      return judged;
    }
  }
  judged.verdict = rules.decide(minor_version, kMaxBody, judged.framing);
  return judged;
}

struct RefusedCase {
  int minor_version;
  std::vector<Line> lines;
  int status;
  const char* detail;
};

void test_framing__refuses(void**) {
  const Line host{"Host", "a"};
  const RefusedCase cases[] = {
      {1, {}, 400, "Host is missing"},
      {1, {host, {"host", "a"}}, 400, "Duplicate header: Host"},
      {0, {host, {"HOST", "b"}}, 400, "Duplicate header: Host"},
      {1, {{"Host", "a b"}}, 400, "Host is invalid"},
      {1, {{"Host", "a,b"}, {"Content-Length", "1, 1"}}, 400, "Content-Length is invalid"},
      {1, {host, {"Content-Length", ""}}, 400, "Content-Length is invalid"},
      {1, {host, {"Content-Length", "+10"}}, 400, "Content-Length is invalid"},
      {1, {host, {"Content-Length", "-10"}}, 400, "Content-Length is invalid"},
      {1, {host, {"Content-Length", "0x1"}}, 400, "Content-Length is invalid"},
      {1, {host, {"Content-Length", "1 1"}}, 400, "Content-Length is invalid"},
      {1,
       {host, {"Content-Length", "5"}, {"Content-Length", "5"}},
       400,
       "Duplicate header: Content-Length"},
      {1,
       {host, {"Content-Length", "1001"}},
       413,
       "The request body is longer than max_request_body_size (1000 bytes)"},
      {1,
       {host, {"Content-Length", "99999999999999999999"}},
       413,
       "The request body is longer than max_request_body_size (1000 bytes)"},
      {1,
       {host, {"Content-Type", "a/b"}, {"Content-Type", "a/b"}},
       400,
       "Duplicate header: Content-Type"},
      {1, {host, {"Transfer-Encoding", "gzip"}}, 400, "The last Transfer-Encoding is not chunked"},
      {1,
       {host, {"Transfer-Encoding", "gzip, chunked"}},
       501,
       "Transfer-Encoding requested is not supported."},
      {1,
       {host, {"Transfer-Encoding", "chunked"}, {"Transfer-Encoding", "identity"}},
       400,
       "The last Transfer-Encoding is not chunked"},
      {1,
       {host, {"Transfer-Encoding", "chunked;q=1"}},
       400,
       "The last Transfer-Encoding is not chunked"},
      {1,
       {host,
        {"Transfer-Encoding",
         "\x85"
         "chunked"}},
       400,
       "The last Transfer-Encoding is not chunked"},
      {1,
       {host, {"Transfer-Encoding", "chunked, chunked"}},
       501,
       "Transfer-Encoding is invalid. Multiple chunked encodings requested."},
      {1,
       {host, {"Transfer-Encoding", "chunked"}, {"Transfer-Encoding", "chunked"}},
       501,
       "Transfer-Encoding is invalid. Multiple chunked encodings requested."},
      {1, {host, {"Transfer-Encoding", ""}}, 400, "Transfer-Encoding is empty"},
      {1, {host, {"Transfer-Encoding", " , ,"}}, 400, "Transfer-Encoding is empty"},
      {1,
       {host, {"Transfer-Encoding", "chunked"}, {"Content-Length", "5"}},
       400,
       "Content-Length and Transfer-Encoding exclude each other"},
      {0, {{"Transfer-Encoding", "chunked"}}, 400, "Transfer-Encoding needs HTTP/1.1"},
      {1, {host, {"Expect", "200-ok"}}, 417, "Only the expectation 100-continue is known"},
  };
  for (const RefusedCase& c : cases) {
    const Judged judged = judge(c.minor_version, c.lines);
    assert_true(judged.verdict.has_value());
    assert_int_equal(judged.verdict->status, c.status);
    assert_text_equal(judged.verdict->detail, c.detail);
  }
}

struct FramedCase {
  int minor_version;
  std::vector<Line> lines;
  BodyKind body;
  std::uint64_t length;
  bool keep_alive;
  bool expects_continue;
};

void test_framing__frames(void**) {
  const Line host{"Host", "a"};
  const FramedCase cases[] = {
      {1, {host}, BodyKind::kNone, 0, true, false},
      {0, {}, BodyKind::kNone, 0, false, false},
      {0, {{"Connection", "Keep-Alive"}}, BodyKind::kNone, 0, true, false},
      {0, {{"Connection", "keep-alive, close"}}, BodyKind::kNone, 0, false, false},
      {1, {host, {"Connection", "CLOSE"}}, BodyKind::kNone, 0, false, false},
      {1, {host, {"Connection", "foo,\tclose"}}, BodyKind::kNone, 0, false, false},
      {1, {host, {"Connection", "closed"}}, BodyKind::kNone, 0, true, false},
      {1, {host, {"Connection", "a"}, {"Connection", "close"}}, BodyKind::kNone, 0, false, false},
      {1, {host, {"Proxy-Connection", "close"}}, BodyKind::kNone, 0, true, false},
      {1, {host, {"Content-Length", "0"}}, BodyKind::kNone, 0, true, false},
      {1, {host, {"Content-Length", "007"}}, BodyKind::kLength, 7, true, false},
      {1, {host, {"Content-Length", "1000"}}, BodyKind::kLength, 1000, true, false},
      {1, {host, {"Transfer-Encoding", "ChUnKeD"}}, BodyKind::kChunked, 0, true, false},
      {1, {host, {"Transfer-Encoding", ",chunked,"}}, BodyKind::kChunked, 0, true, false},
      {1,
       {host, {"Expect", "100-Continue"}, {"Content-Length", "1"}},
       BodyKind::kLength,
       1,
       true,
       true},
      {1, {host, {"Expect", "100-continue"}}, BodyKind::kNone, 0, true, false},
      {0,
       {{"Expect", "100-continue"}, {"Content-Length", "1"}},
       BodyKind::kLength,
       1,
       false,
       false},
      {0, {{"Expect", "other"}}, BodyKind::kNone, 0, false, false},
  };
  for (const FramedCase& c : cases) {
    const Judged judged = judge(c.minor_version, c.lines);
    assert_false(judged.verdict.has_value());
    assert_int_equal(static_cast<int>(judged.framing.body), static_cast<int>(c.body));
    assert_int_equal(judged.framing.length, c.length);
    assert_int_equal(judged.framing.keep_alive, c.keep_alive);
    assert_int_equal(judged.framing.expects_continue, c.expects_continue);
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_framing__refuses),
      cmocka_unit_test(test_framing__frames),
  };
  return cmocka_run_group_tests_name("http/framing", tests, nullptr, nullptr);
}
