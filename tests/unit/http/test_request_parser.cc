// http/request_parser: whole requests, in pieces of every size, and what is refused.
#include <string>

#include "http/error_page.h"
#include "http/request_parser.h"
#include "support/cmocka.h"
#include "support/text_asserts.h"

using namespace wserve::http;
using namespace std::literals;
using Progress = RequestParser::Progress;

namespace {

wserve::base::Storage storage;

struct Fixture {
  ParserLimits limits;
  RequestParser parser;
  Request request;
  std::string rest;

  Fixture() { request.configure(1'000'000, storage); }

  Progress feed(ByteView input, std::size_t piece) {
    parser.restart(limits);
    request.reset();
    request.configure(1'000'000, storage);
    Progress progress = Progress::kNeedsMore;
    while (!input.empty() && progress == Progress::kNeedsMore) {
      ByteView part = input.substr(0, piece);
      input.remove_prefix(part.size());
      progress = parser.feed(part, request);
      rest = std::string(part) + std::string(input);
      if (progress == Progress::kNeedsMore) {
        assert_true(part.empty());
      }
    }
    return progress;
  }
};

ByteView value_of(const Request& request, ByteView name) {
  for (const Field& field : request.fields) {
    if (field.name == name) {
      return field.value;
    }
  }
  return "(absent)";
}

void assert_progress(Progress got, Progress expected) {
  assert_int_equal(static_cast<int>(got), static_cast<int>(expected));
}

void test_request_parser__reads_a_request_in_any_pieces(void**) {
  constexpr ByteView kInput =
      "POST /a%20b?c=d HTTP/1.1\r\nHost: example.com\r\nX-Empty:\r\nX-Blank: \t \r\n"
      "X-Padded: \t a b \t\r\nX_Dropped: 1\r\nContent-Length: 5\t\r\n\r\nhelloNEXT"sv;
  Fixture f;
  for (std::size_t piece = 1; piece <= kInput.size(); ++piece) {
    assert_progress(f.feed(kInput, piece), Progress::kReady);
    assert_text_equal(f.rest, "NEXT");
    assert_text_equal(f.request.method, "POST");
    assert_text_equal(f.request.target, "/a%20b?c=d");
    assert_text_equal(f.request.uri.path, "/a b");
    assert_text_equal(f.request.uri.query, "c=d");
    assert_int_equal(f.request.minor_version, 1);
    assert_int_equal(f.request.fields.size(), 5);
    assert_text_equal(value_of(f.request, "Host"), "example.com");
    assert_text_equal(value_of(f.request, "X-Empty"), "");
    assert_text_equal(value_of(f.request, "X-Blank"), "");
    assert_text_equal(value_of(f.request, "X-Padded"), "a b");
    assert_text_equal(f.request.body.in_memory(), "hello");
    for (const Field& field : f.request.fields) {
      assert_int_equal(field.name.data()[field.name.size()], '\0');
      assert_int_equal(field.value.data()[field.value.size()], '\0');
    }
    assert_int_equal(f.request.method.data()[4], '\0');
    assert_int_equal(f.request.target.data()[f.request.target.size()], '\0');
  }
}

void test_request_parser__reads_a_chunked_body_in_any_pieces(void**) {
  constexpr ByteView kInput =
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\t\r\n\r\n"
      "5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nT: v\r\n\r\nNEXT"sv;
  Fixture f;
  for (std::size_t piece = 1; piece <= kInput.size(); ++piece) {
    assert_progress(f.feed(kInput, piece), Progress::kReady);
    assert_text_equal(f.request.body.in_memory(), "hello world");
    assert_text_equal(f.rest, "NEXT");
  }
}

void test_request_parser__takes_any_upper_case_method(void**) {
  Fixture f;
  for (const char* method : {"GET", "PROPFIND", "PRI", "G-_!T", "1", "M-SEARCH", "SOURCE",
                             "AVERYLONGMETHODNAMETHATNOBODYKNOWS"}) {
    const std::string input = std::string(method) + " / HTTP/1.1\r\nHost: a\r\n\r\n";
    assert_progress(f.feed(input, input.size()), Progress::kReady);
    assert_text_equal(f.request.method, method);
  }
}

void test_request_parser__versions(void**) {
  Fixture f;
  assert_progress(f.feed("GET / HTTP/1.0\r\n\r\n", 99), Progress::kReady);
  assert_int_equal(f.request.minor_version, 0);
  assert_progress(f.feed("GET / HTTP/1.9\r\nHost: a\r\n\r\n", 99), Progress::kReady);
  assert_int_equal(f.request.minor_version, 1);
}

struct RefusedCase {
  ByteView input;
  int status;
  const char* detail;
};

void test_request_parser__refuses(void**) {
  const RefusedCase cases[] = {
      // The request line
      {"GET /\r\nHost: a\r\n\r\n", 400, "Start line is invalid"},
      {"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400, "Start line is invalid"},
      {"GET /  HTTP/1.1\r\nHost: a\r\n\r\n", 400, "Start line is invalid"},
      {"GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400, "Start line is invalid"},
      {" GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400, "Start line is invalid"},
      {"GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", 400, "Start line is invalid"},
      {"GET / http/1.1\r\nHost: a\r\n\r\n", 400, "Start line is invalid"},
      {"GET / HTTQ/1.1\r\nHost: a\r\n\r\n", 400, "Start line is invalid"},
      {"GET / HTTP/1.10\r\nHost: a\r\n\r\n", 400, "Start line is invalid"},
      {"GET / HTTP/.1.\r\nHost: a\r\n\r\n", 400, "Start line is invalid"},
      {"GET / RTSP/1.0\r\nHost: a\r\n\r\n", 400, "Start line is invalid"},
      {"GET / HTTP/1.1\0\r\nHost: a\r\n\r\n"sv, 400, "Start line is invalid"},
      {"GE\0T / HTTP/1.1\r\nHost: a\r\n\r\n"sv, 400, "Start line is invalid"},
      {"get / HTTP/1.1\r\nHost: a\r\n\r\n", 400, "Malformed HTTP method"},
      {"GeT / HTTP/1.1\r\nHost: a\r\n\r\n", 400, "Malformed HTTP method"},
      {"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505, "Only HTTP/1.0 and HTTP/1.1 are supported"},
      {"GET / HTTP/0.9\r\nHost: a\r\n\r\n", 505, "Only HTTP/1.0 and HTTP/1.1 are supported"},
      {"GET foo HTTP/1.1\r\nHost: a\r\n\r\n", 400, "Bad URI"},
      {"GET /a\tb HTTP/1.1\r\nHost: a\r\n\r\n", 400, "Bad URI"},
      {"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", 501, "CONNECT is not supported"},
      {"\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400, "Start line is invalid"},
      // Line ends
      {"GET / HTTP/1.1\nHost: a\r\n\r\n", 400, "Bare CR or LF found in HTTP message"},
      {"GET / HTTP/1.1\r\r\nHost: a\r\n\r\n", 400, "Bare CR or LF found in HTTP message"},
      {"GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", 400, "Bare CR or LF found in header line"},
      {"GET / HTTP/1.1\r\nHost: a\rX: y\r\n\r\n", 400, "Bare CR or LF found in header line"},
      // Fields
      {"GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n", 400, "Invalid header"},
      {"GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400, "Invalid header"},
      {"GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", 400, "Invalid header"},
      {"GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\tz\r\n\r\n", 400, "Invalid header"},
      {"GET / HTTP/1.1\r\nHost: a\r\n: y\r\n\r\n", 400, "Invalid header"},
      {"GET / HTTP/1.1\r\nHost: a\r\nnocolon\r\n\r\n", 400, "Invalid header"},
      {"GET / HTTP/1.1\r\nHost: a\r\nX(: y\r\n\r\n", 400, "Invalid header"},
      {"GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n"sv, 400, "Invalid header"},
      {"GET / HTTP/1.1\r\nHost: a\r\nX: \x0b y\r\n\r\n", 400, "Invalid header"},
      {"GET / HTTP/1.1\r\nHost: a\r\nX: \x7f\r\n\r\n", 400, "Invalid header"},
      {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n", 400, "Invalid header"},
      // Framing
      {"GET / HTTP/1.1\r\n\r\n", 400, "Host is missing"},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5x\r\n\r\n", 400,
       "Content-Length is invalid"},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n", 400,
       "Invalid chunk size"},
  };
  Fixture f;
  for (const RefusedCase& c : cases) {
    assert_progress(f.feed(c.input, c.input.size()), Progress::kRefused);
    assert_text_equal(f.parser.refusal().detail, c.detail);
    assert_int_equal(f.parser.refusal().status, c.status);
    // In pieces a flaw may be seen earlier, under a more general name.
    for (std::size_t piece = 1; piece < c.input.size(); ++piece) {
      assert_progress(f.feed(c.input, piece), Progress::kRefused);
      assert_int_equal(f.parser.refusal().status, c.status);
    }
  }
}

// The places where http_parser takes any of the 256 bytes.
void test_request_parser__every_byte_in_the_framework_of_a_head(void**) {
  constexpr ByteView kInput = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  Fixture f;
  for (std::size_t at = 0; at < kInput.size(); ++at) {
    for (int c = 0; c < 256; ++c) {
      std::string input(kInput);
      input[at] = static_cast<char>(c);
      const Progress progress = f.feed(input, input.size());
      if (input == kInput) {
        assert_progress(progress, Progress::kReady);
      } else if (progress == Progress::kReady) {
        const bool in_method = at < 3;
        const bool in_minor = at == 13;
        const bool in_blank = at == 21;  // no blank is as good
        const bool in_host = at == 22;
        const bool is_other_case = wserve::base::equals_ignoring_case(input, kInput);
        assert_true(in_method || in_minor || in_blank || in_host || is_other_case);
      }
    }
  }
}

void test_request_parser__skips_two_empty_lines(void**) {
  Fixture f;
  constexpr ByteView kInput = "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n";
  for (std::size_t piece = 1; piece <= kInput.size(); ++piece) {
    assert_progress(f.feed(kInput, piece), Progress::kReady);
  }
  assert_progress(f.feed("\r\n\r\n", 1), Progress::kNeedsMore);
  assert_false(f.parser.has_begun());
}

void test_request_parser__gives_up_a_hopeless_head_early(void**) {
  Fixture f;
  // A TLS hello, a PROXY v2 signature, lines that end in LF: no blank line would ever come.
  for (ByteView input : {"\x16\x03\x01\x02"sv, "\r\n\r\n\0\r\nQUIT\n"sv, "GET / HTTP/1.0\n\n"sv}) {
    assert_progress(f.feed(input, 1), Progress::kRefused);
    assert_int_equal(f.parser.refusal().status, 400);
    assert_false(f.parser.knows_version());
  }
}

void test_request_parser__limits_the_head(void**) {
  Fixture f;
  const std::string input = "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(100, 'x') + "\r\n\r\n";
  f.limits.max_head_bytes = input.size();
  for (std::size_t piece : {std::size_t{1}, std::size_t{7}, input.size()}) {
    assert_progress(f.feed(input, piece), Progress::kReady);
  }
  f.limits.max_head_bytes = input.size() - 1;
  for (std::size_t piece : {std::size_t{1}, std::size_t{7}, input.size()}) {
    assert_progress(f.feed(input, piece), Progress::kRefused);
    assert_int_equal(f.parser.refusal().status, 431);
  }
}

void test_request_parser__has_a_status_of_its_own_for_long_request_lines(void**) {
  Fixture f;
  f.limits.max_head_bytes = 100;
  const std::string input = "GET /" + std::string(100, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n";
  for (std::size_t piece : {std::size_t{1}, std::size_t{7}, input.size()}) {
    assert_progress(f.feed(input, piece), Progress::kRefused);
    assert_int_equal(f.parser.refusal().status, 414);
  }
}

void test_request_parser__knows_the_version_of_a_head_with_bad_fields(void**) {
  Fixture f;
  assert_progress(f.feed("GET / HTTP/1.1\r\nHost : a\r\n\r\n", 99), Progress::kRefused);
  assert_true(f.parser.knows_version());
  assert_progress(f.feed("GET / HTTP/1.x\r\nHost: a\r\n\r\n", 99), Progress::kRefused);
  assert_false(f.parser.knows_version());
}

void test_request_parser__takes_a_head_larger_than_http_parser_would(void**) {
  Fixture f;
  f.limits.max_head_bytes = 1'000'000;
  f.limits.head.max_line_bytes = 1'000'000;
  const std::string input = "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(500'000, 'x') +
                            "\r\nY: " + std::string(200'000, 'y') + "\r\n\r\n";
  assert_progress(f.feed(input, 8192), Progress::kReady);
  assert_int_equal(value_of(f.request, "X").size(), 500'000);
  assert_int_equal(value_of(f.request, "Y").size(), 200'000);
}

void test_request_parser__limits_each_line(void**) {
  struct LineCase {
    std::string line;  // of the limit's length
    int status;        // when it is one byte longer
  };
  const LineCase cases[] = {
      {"GET /" + std::string(50, 'x') + " HTTP/1.1\r\nHost: a\r\n", 414},
      {"GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(61, 'x') + "\r\n", 431}};
  for (const LineCase& one : cases) {
    const std::string input = one.line + "Y: y\r\n\r\n";
    for (std::size_t piece : {std::size_t{1}, std::size_t{7}, input.size()}) {
      Fixture f;
      f.limits.head.max_line_bytes = 64;
      assert_progress(f.feed(input, piece), Progress::kReady);
      f.limits.head.max_line_bytes = 63;
      assert_progress(f.feed(input, piece), Progress::kRefused);
      assert_int_equal(f.parser.refusal().status, one.status);
    }
  }
  // It is not waited for the end of a line that is too long already.
  Fixture f;
  f.limits.head.max_line_bytes = 64;
  assert_progress(f.feed("GET /" + std::string(61, 'x'), 5), Progress::kRefused);
  assert_int_equal(f.parser.refusal().status, 414);
}

void test_request_parser__limits_the_number_of_fields(void**) {
  Fixture f;
  f.limits.head.max_fields = 3;
  assert_progress(f.feed("GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\nB: 2\r\n\r\n", 99),
                  Progress::kReady);
  assert_progress(f.feed("GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n", 99),
                  Progress::kRefused);
  assert_int_equal(f.parser.refusal().status, 431);
}

void test_request_parser__reports_a_body_that_cannot_be_stored(void**) {
  Fixture f;
  wserve::base::Storage missing{.folder = "/nonexistent", .memory = {}, .files = {}};
  f.parser.restart(f.limits);
  f.request.configure(3, missing);
  ByteView input = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello";
  assert_progress(f.parser.feed(input, f.request), Progress::kRefused);
  assert_int_equal(f.parser.refusal().status, 503);
}

void test_request_parser__reports_a_head_for_which_no_memory_is_left(void**) {
  using wserve::base::BudgetShare;
  Fixture f;
  wserve::base::Storage full;
  full.memory.set_limit(1);
  const std::string input =
      "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(BudgetShare::kBlock, 'x');
  f.parser.restart(f.limits);
  f.request.configure(3, full);
  ByteView small = ByteView(input).substr(0, BudgetShare::kBlock);
  assert_progress(f.parser.feed(small, f.request), Progress::kNeedsMore);
  ByteView rest = ByteView(input).substr(BudgetShare::kBlock);
  assert_progress(f.parser.feed(rest, f.request), Progress::kRefused);
  assert_int_equal(f.parser.refusal().status, 503);
}

void test_request_parser__wishes_100_continue_once_and_only_in_time(void**) {
  Fixture f;
  constexpr ByteView kHead =
      "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
  assert_progress(f.feed(kHead, 99), Progress::kNeedsMore);
  assert_true(f.parser.take_continue_wish(f.request));
  assert_false(f.parser.take_continue_wish(f.request));
  const std::string early = std::string(kHead) + "h";
  assert_progress(f.feed(early, early.size()), Progress::kNeedsMore);
  assert_false(f.parser.take_continue_wish(f.request));
}

void test_request_parser__knows_when_a_request_has_begun(void**) {
  Fixture f;
  f.parser.restart(f.limits);
  assert_false(f.parser.has_begun());
  ByteView byte = "G";
  assert_progress(f.parser.feed(byte, f.request), Progress::kNeedsMore);
  assert_true(f.parser.has_begun());
  assert_false(f.parser.is_in_body());
}

void test_error_page__has_the_form_of_waitress(void**) {
  HttpDate date;
  const Refusal refusal{413, "exceeds max_body of 10"};
  const std::string page = render_error_page(
      refusal, {.minor_version = 1, .ident = "wserve", .date = date.at(784111777)});
  assert_text_equal(page,
                    "HTTP/1.1 413 Content Too Large\r\nConnection: close\r\n"
                    "Content-Length: 68\r\nContent-Type: text/plain; charset=utf-8\r\n"
                    "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nServer: wserve\r\n\r\n"
                    "Content Too Large\r\n\r\nexceeds max_body of 10\r\n\r\n"
                    "(generated by wserve)");
  const std::string head = render_error_page(
      refusal, {.minor_version = 0, .has_body = false, .ident = "", .date = date.at(784111777)});
  assert_text_equal(head.substr(0, 9), "HTTP/1.0 ");
  assert_contains(head, "Content-Length: 68\r\n");
  assert_text_equal(head.substr(head.size() - 4), "\r\n\r\n");
  assert_true(head.find("Server:") == std::string::npos);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_request_parser__reads_a_request_in_any_pieces),
      cmocka_unit_test(test_request_parser__reads_a_chunked_body_in_any_pieces),
      cmocka_unit_test(test_request_parser__takes_any_upper_case_method),
      cmocka_unit_test(test_request_parser__versions),
      cmocka_unit_test(test_request_parser__refuses),
      cmocka_unit_test(test_request_parser__every_byte_in_the_framework_of_a_head),
      cmocka_unit_test(test_request_parser__skips_two_empty_lines),
      cmocka_unit_test(test_request_parser__gives_up_a_hopeless_head_early),
      cmocka_unit_test(test_request_parser__limits_the_head),
      cmocka_unit_test(test_request_parser__has_a_status_of_its_own_for_long_request_lines),
      cmocka_unit_test(test_request_parser__knows_the_version_of_a_head_with_bad_fields),
      cmocka_unit_test(test_request_parser__takes_a_head_larger_than_http_parser_would),
      cmocka_unit_test(test_request_parser__limits_each_line),
      cmocka_unit_test(test_request_parser__limits_the_number_of_fields),
      cmocka_unit_test(test_request_parser__reports_a_body_that_cannot_be_stored),
      cmocka_unit_test(test_request_parser__reports_a_head_for_which_no_memory_is_left),
      cmocka_unit_test(test_request_parser__wishes_100_continue_once_and_only_in_time),
      cmocka_unit_test(test_request_parser__knows_when_a_request_has_begun),
      cmocka_unit_test(test_error_page__has_the_form_of_waitress),
  };
  return cmocka_run_group_tests_name("http/request_parser", tests, nullptr, nullptr);
}
