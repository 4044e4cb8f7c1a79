// app/response_writer: heads, framing, lengths, and what an application may not send.
#include <fcntl.h>

#include <atomic>
#include <limits>
#include <string>

#include "app/response_writer.h"
#include "support/cmocka.h"
#include "support/recording_sink.h"
#include "support/text_asserts.h"

using namespace wserve;
using app::ResponseWriter;
using app::Then;
using base::Code;
using tests::RecordingSink;

namespace {

struct Fixture {
  base::Ref<RecordingSink> sink{new RecordingSink};
  ResponseWriter writer;
  app::ResponseContext context;

  Fixture() {
    context.sink = sink.get();
    context.keep_alive = true;
    context.ident = "wserve";
    http::HttpDate date;
    context.date = date.at(784111777);
    restart();
  }
  void restart() {
    writer.restart(context);
    sink->bytes.clear();
    sink->pushes = 0;
    sink->ended.reset();
  }
  void request(int minor_version, bool keep_alive, bool is_head = false) {
    context.minor_version = minor_version;
    context.keep_alive = keep_alive;
    context.is_head = is_head;
    restart();
  }
};

constexpr const char* kIdentity = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nServer: wserve\r\n";

void assert_ok(const base::Status& status) {
  assert_text_equal(status.message(), "");
  assert_int_equal(static_cast<int>(status.code()), 0);
}

void assert_code(const base::Status& status, Code code) {
  assert_int_equal(static_cast<int>(status.code()), static_cast<int>(code));
}

void assert_ended(const Fixture& f, Then then) {
  assert_true(f.sink->ended.has_value());
  assert_int_equal(static_cast<int>(*f.sink->ended), static_cast<int>(then));
}

void test_response_writer__replies_in_one_push(void**) {
  Fixture f;
  assert_ok(f.writer.reply(200, "text/plain", "hello"));
  assert_text_equal(f.sink->bytes, std::string("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
                                               "Content-Length: 5\r\n") +
                                       kIdentity + "\r\nhello");
  assert_int_equal(f.sink->pushes, 1);
  assert_ended(f, Then::kKeepOpen);
}

struct FramingCase {
  const char* what;
  int minor_version;
  bool keep_alive;
  bool is_head;
  int status;
  const char* length;   // Content-Length of the application, or null
  const char* framing;  // fields between status line and identity
  const char* body;     // for the body "hello" in two writes
  Then then;
};

void test_response_writer__frames(void**) {
  constexpr const char* kChunked = "Transfer-Encoding: chunked\r\n";
  constexpr const char* kChunks = "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n";
  constexpr const char* kClose = "Connection: close\r\n";
  const FramingCase cases[] = {
      {"1.1 with length", 1, true, false, 200, "5", "Content-Length: 5\r\n", "hello",
       Then::kKeepOpen},
      {"1.1 without", 1, true, false, 200, nullptr, kChunked, kChunks, Then::kKeepOpen},
      {"1.1 close", 1, false, false, 200, nullptr,
       "Transfer-Encoding: chunked\r\nConnection: close\r\n", kChunks, Then::kClose},
      {"1.0 with length", 0, false, false, 200, "5", "Content-Length: 5\r\nConnection: close\r\n",
       "hello", Then::kClose},
      {"1.0 kept", 0, true, false, 200, "5", "Content-Length: 5\r\nConnection: Keep-Alive\r\n",
       "hello", Then::kKeepOpen},
      {"1.0 kept, without length", 0, true, false, 200, nullptr, kClose, "hello", Then::kClose},
      {"1.0 without", 0, false, false, 200, nullptr, kClose, "hello", Then::kClose},
      {"HEAD with length", 1, true, true, 200, "5", "Content-Length: 5\r\n", "", Then::kKeepOpen},
      {"HEAD without", 1, true, true, 200, nullptr, kChunked, "", Then::kKeepOpen},
      {"204", 1, true, false, 204, nullptr, "", "", Then::kKeepOpen},
      {"204 with length", 1, true, false, 204, "5", "", "", Then::kKeepOpen},
      {"304", 1, true, false, 304, nullptr, "", "", Then::kKeepOpen},
      {"304 with length", 1, true, false, 304, "5", "Content-Length: 5\r\n", "", Then::kKeepOpen},
      {"304 to 1.0", 0, true, false, 304, nullptr, "Connection: Keep-Alive\r\n", "",
       Then::kKeepOpen},
      {"205", 1, true, false, 205, nullptr, "Content-Length: 0\r\n", "", Then::kKeepOpen},
  };
  for (const FramingCase& c : cases) {
    Fixture f;
    f.request(c.minor_version, c.keep_alive, c.is_head);
    assert_ok(f.writer.start(c.status, "Reason"));
    if (c.length != nullptr) {
      assert_ok(f.writer.add_field("Content-Length", c.length));
    }
    assert_ok(f.writer.write("he"));
    assert_ok(f.writer.write(""));
    assert_ok(f.writer.write("llo"));
    assert_ok(f.writer.end());
    const std::string expected = "HTTP/1." + std::to_string(c.minor_version) + " " +
                                 std::to_string(c.status) + " Reason\r\n" + c.framing + kIdentity +
                                 "\r\n" + c.body;
    if (f.sink->bytes != expected) {
      print_error("%s\n", c.what);
    }
    assert_text_equal(f.sink->bytes, expected);
    assert_ended(f, c.then);
  }
}

void test_response_writer__ends_an_empty_answer_with_length_0(void**) {
  Fixture f;
  assert_ok(f.writer.start(404, ""));
  assert_ok(f.writer.end());
  assert_contains(f.sink->bytes, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n");
  assert_int_equal(f.sink->pushes, 1);
}

void test_response_writer__flush_sends_the_head_alone(void**) {
  Fixture f;
  assert_ok(f.writer.start(200, ""));
  assert_ok(f.writer.flush());
  assert_contains(f.sink->take(), "Transfer-Encoding: chunked\r\n");
  assert_ok(f.writer.flush());
  assert_text_equal(f.sink->take(), "");
  assert_ok(f.writer.end());
  assert_text_equal(f.sink->take(), "0\r\n\r\n");
}

void test_response_writer__cuts_what_is_too_much(void**) {
  Fixture f;
  assert_ok(f.writer.start(200, ""));
  assert_ok(f.writer.add_field("Content-Length", "3"));
  assert_ok(f.writer.write("he"));
  f.sink->take();
  assert_ok(f.writer.write("llo"));
  assert_text_equal(f.sink->take(), "l");
  assert_ok(f.writer.write("more"));
  assert_ok(f.writer.end());
  assert_text_equal(f.sink->take(), "");
  assert_ended(f, Then::kKeepOpen);
  assert_true(f.writer.length_fault() == ResponseWriter::LengthFault::kTooMuch);
}

void test_response_writer__counts_sizes_beyond_64_bits(void**) {
  Fixture f;
  assert_ok(f.writer.start(200, ""));
  assert_ok(f.writer.add_field("Content-Length", "100"));
  assert_ok(f.writer.flush());
  f.sink->take();
  constexpr std::uint64_t kMax = std::numeric_limits<std::int64_t>::max();
  for (const std::uint64_t size : {kMax, kMax, std::uint64_t{52}}) {
    assert_ok(f.writer.send_file({base::UniqueFd(::open("/dev/zero", O_RDONLY)), 0, size, "/"}));
  }
  assert_int_equal(f.sink->bytes.size(), 100);
  assert_ok(f.writer.end());
  assert_true(f.writer.length_fault() == ResponseWriter::LengthFault::kTooMuch);
}

void test_response_writer__closes_when_it_is_too_little(void**) {
  Fixture f;
  assert_ok(f.writer.start(200, ""));
  assert_ok(f.writer.add_field("Content-Length", "6"));
  assert_ok(f.writer.write("hello"));
  assert_ok(f.writer.end());
  assert_ended(f, Then::kClose);
  assert_true(f.writer.length_fault() == ResponseWriter::LengthFault::kTooLittle);
  f.restart();
  assert_ok(f.writer.add_field("Content-Length", "6"));
  assert_ok(f.writer.reply(200, "", "hello"));
  assert_ended(f, Then::kClose);
}

void test_response_writer__head_needs_no_body(void**) {
  Fixture f;
  f.request(1, true, true);
  assert_ok(f.writer.start(200, ""));
  assert_ok(f.writer.add_field("Content-Length", "6"));
  assert_ok(f.writer.end());
  assert_ended(f, Then::kKeepOpen);
  f.request(1, true, true);
  assert_ok(f.writer.reply(200, "a/b", "hello"));
  assert_contains(f.sink->bytes, "Content-Length: 5\r\n");
  assert_text_equal(f.sink->bytes.substr(f.sink->bytes.size() - 4), "\r\n\r\n");
}

// RFC 9110 §8.6: no length but that of the answer to GET, and an application that leaves its body
// out has not told it.
void test_response_writer__head_says_no_length_that_nobody_has_told(void**) {
  for (const bool in_one_call : {true, false}) {
    for (const int minor_version : {0, 1}) {
      Fixture f;
      f.request(minor_version, true, true);
      if (in_one_call) {
        assert_ok(f.writer.reply(200, "", ""));
      } else {
        assert_ok(f.writer.start(200, ""));
        assert_ok(f.writer.end());
      }
      assert_text_equal(f.sink->bytes,
                        std::string("HTTP/1.") + std::to_string(minor_version) + " 200 OK\r\n" +
                            (minor_version == 0 ? "Connection: Keep-Alive\r\n" : "") + kIdentity +
                            "\r\n");
      assert_ended(f, Then::kKeepOpen);
      assert_true(f.writer.length_fault() == ResponseWriter::LengthFault::kNone);
    }
  }
}

struct FieldCase {
  base::ByteView name;
  base::ByteView value;
};

void test_response_writer__refuses_fields(void**) {
  using namespace std::literals;
  const FieldCase cases[] = {
      {"", "x"},
      {"a b", "x"},
      {"a:", "x"},
      {"a\r\nb", "x"},
      {"X", "a\r\nSet-Cookie: b"},
      {"X", "a\nb"},
      {"X", "a\rb"},
      {"X", "a\0b"sv},
      {"X", "\x7f"},
      {"Connection", "keep-alive"},
      {"Connection", "close, x"},
      {"Connection", "upgrade"},
      {"Connection", ""},
      {"Connection", "close\r\nSet-Cookie: b"},
      {"keep-alive", "x"},
      {"Proxy-Authenticate", "x"},
      {"Proxy-Authorization", "x"},
      {"Proxy-Connection", "x"},
      {"TE", "x"},
      {"Trailer", "a b"},
      {"Trailer", "X-Sum, Content-Length"},
      {"Trailer", "Transfer-Encoding"},
      {"Trailer", "X\r\nSet-Cookie: b"},
      {"Trailers", "x"},
      {"Transfer-Encoding", "chunked"},
      {"Content-Length", "x"},
      {"Content-Length", ""},
      {"Content-Length", "+5"},
      {"Content-Length", "5, 5"},
  };
  for (const FieldCase& c : cases) {
    Fixture f;
    assert_code(f.writer.add_field(c.name, c.value), Code::kInvalid);
    assert_ok(f.writer.reply(200, "", "x"));
    assert_true(f.sink->bytes.find("Set-Cookie") == std::string::npos);
  }
  Fixture f;
  assert_ok(f.writer.add_field("Content-Length", "1"));
  assert_code(f.writer.add_field("content-length", "1"), Code::kInvalid);
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++found;
  }
  return found;
}

void test_response_writer__the_later_of_two_replaces_what_is_no_list(void**) {
  for (const char* name :
       {"Content-Type", "Date", "Server", "Age", "Content-Disposition", "Content-Location",
        "Content-Range", "ETag", "Expires", "Last-Modified", "Location", "Retry-After",
        "Strict-Transport-Security", "Access-Control-Allow-Credentials",
        "Access-Control-Allow-Origin", "Access-Control-Max-Age", "Refresh", "Sunset"}) {
    Fixture f;
    assert_ok(f.writer.add_field("X-First", "1"));
    assert_ok(f.writer.add_field(name, "a: longer value"));
    assert_ok(f.writer.add_field("X-Middle", name));
    assert_ok(f.writer.start(200, ""));
    assert_ok(f.writer.add_field(base::lower_case(name), "b"));
    assert_ok(f.writer.add_field("X-Last", "1"));
    assert_ok(f.writer.end());
    assert_contains(f.sink->bytes, std::string("OK\r\nX-First: 1\r\nX-Middle: ") + name + "\r\n" +
                                       base::lower_case(name) + ": b\r\nX-Last: 1\r\n");
    assert_int_equal(count(base::lower_case(f.sink->bytes), "\n" + base::lower_case(name) + ": "),
                     1);
  }
}

void test_response_writer__keeps_both_of_what_is_a_list(void**) {
  for (const char* name : {"Set-Cookie", "Vary", "Link", "WWW-Authenticate", "Content-Encoding",
                           "Cache-Control", "Content-Security-Policy", "X-Content-Typf", "Via"}) {
    Fixture f;
    assert_ok(f.writer.add_field(name, "a"));
    assert_ok(f.writer.add_field(name, "b"));
    assert_ok(f.writer.reply(200, "", ""));
    assert_contains(f.sink->bytes, std::string(name) + ": a\r\n" + name + ": b\r\n");
  }
}

void test_response_writer__the_type_of_a_reply_replaces_that_of_a_filter(void**) {
  Fixture f;
  assert_ok(f.writer.add_field("content-type", "text/html"));
  assert_ok(f.writer.reply(200, "text/plain", "x"));
  assert_contains(f.sink->bytes, "OK\r\nContent-Type: text/plain\r\nContent-Length: 1\r\n");
  f.restart();
  assert_ok(f.writer.add_field("content-type", "text/html"));
  assert_ok(f.writer.reply(200, "", "x"));
  assert_contains(f.sink->bytes, "OK\r\ncontent-type: text/html\r\nContent-Length: 1\r\n");
}

void test_response_writer__a_refused_value_replaces_nothing(void**) {
  Fixture f;
  assert_ok(f.writer.add_field("ETag", "\"a\""));
  assert_code(f.writer.add_field("ETag", "\"b\"\n"), Code::kInvalid);
  assert_ok(f.writer.reply(200, "", "x"));
  assert_contains(f.sink->bytes, "OK\r\nETag: \"a\"\r\nContent-Length: 1\r\n");
}

void test_response_writer__closes_when_the_application_asks_for_it(void**) {
  for (const int minor_version : {0, 1}) {
    for (const bool has_interim : {false, true}) {
      Fixture f;
      f.request(minor_version, true);
      assert_ok(f.writer.add_field("connection", " Close "));
      if (has_interim) {
        assert_ok(f.writer.interim(103));
        assert_int_equal(count(f.sink->take(), "onnection"), 0);
      }
      assert_ok(f.writer.reply(200, "", "x"));
      assert_int_equal(count(f.sink->bytes, "onnection"), 1);
      assert_contains(f.sink->bytes, "\r\nConnection: close\r\n");
      assert_ended(f, Then::kClose);
      f.restart();
      assert_ok(f.writer.reply(200, "", "x"));
      assert_ended(f, Then::kKeepOpen);
    }
  }
}

void test_response_writer__says_what_to_upgrade_to(void**) {
  struct UpgradeCase {
    int minor_version;
    bool keep_alive;
    const char* connection;
  };
  for (const UpgradeCase& c : {UpgradeCase{1, true, "upgrade"},
                               {1, false, "close, upgrade"},
                               {0, true, "Keep-Alive, upgrade"}}) {
    Fixture f;
    f.request(c.minor_version, c.keep_alive);
    assert_ok(f.writer.add_field("upgrade", "TLS/1.3"));
    assert_ok(f.writer.start(426, ""));
    assert_ok(f.writer.add_field("UPGRADE", "x/1"));
    assert_ok(f.writer.end());
    assert_contains(f.sink->bytes, "Upgrade: TLS/1.3\r\nUpgrade: x/1\r\n");
    assert_contains(f.sink->bytes, std::string("Connection: ") + c.connection + "\r\n");
  }
}

void test_response_writer__refuses_upgrade_with_other_statuses(void**) {
  Fixture f;
  assert_code(f.writer.add_field("Upgrade", "a\r\nb"), Code::kInvalid);
  assert_ok(f.writer.add_field("Upgrade", "x"));
  assert_code(f.writer.interim(103), Code::kInvalid);
  assert_code(f.writer.start(200, ""), Code::kInvalid);
  assert_false(f.writer.is_started());
  assert_true(f.writer.discard().is_ok());
  assert_ok(f.writer.start(200, ""));
  assert_code(f.writer.add_field("Upgrade", "x"), Code::kInvalid);
  assert_code(f.writer.add_trailer("Upgrade", "x"), Code::kInvalid);
  assert_ok(f.writer.end());
  assert_true(f.sink->bytes.find("pgrade") == std::string::npos);
}

void test_response_writer__refuses_statuses_and_reasons(void**) {
  Fixture f;
  for (const int status : {-1, 0, 100, 101, 199, 600, 1000}) {
    assert_code(f.writer.start(status, ""), Code::kInvalid);
  }
  assert_code(f.writer.start(200, "a\r\nb"), Code::kInvalid);
  assert_false(f.writer.is_started());
  assert_code(f.writer.reply(200, "a\r\nb", "x"), Code::kInvalid);
  assert_ok(f.writer.start(299, "Caf\xe9"));
  assert_ok(f.writer.end());
  assert_contains(f.sink->bytes, "HTTP/1.1 299 Caf\xe9\r\n");
}

void test_response_writer__an_unknown_status_keeps_the_space(void**) {
  Fixture f;
  assert_ok(f.writer.reply(299, "", ""));
  assert_contains(f.sink->bytes, "HTTP/1.1 299 \r\n");
}

void test_response_writer__keeps_the_applications_date_and_server(void**) {
  Fixture f;
  assert_ok(f.writer.add_field("date", "yesterday"));
  assert_ok(f.writer.add_field("server", "app/1"));
  assert_ok(f.writer.reply(200, "", ""));
  assert_text_equal(f.sink->bytes,
                    "HTTP/1.1 200 OK\r\ndate: yesterday\r\nserver: app/1\r\nContent-Length: 0\r\n"
                    "Via: 1.1 wserve\r\n\r\n");
  f.context.ident = "";
  f.restart();
  assert_ok(f.writer.reply(200, "", ""));
  assert_true(f.sink->bytes.find("Server") == std::string::npos);
}

void test_response_writer__calls_out_of_order(void**) {
  Fixture f;
  assert_code(f.writer.write("x"), Code::kState);
  assert_code(f.writer.flush(), Code::kState);
  assert_code(f.writer.end(), Code::kState);
  assert_ok(f.writer.start(200, ""));
  assert_code(f.writer.start(200, ""), Code::kState);
  assert_code(f.writer.reply(200, "", ""), Code::kState);
  assert_ok(f.writer.write("x"));
  assert_code(f.writer.add_field("A", "b"), Code::kState);
  assert_code(f.writer.interim(103), Code::kState);
  assert_ok(f.writer.end());
  assert_code(f.writer.end(), Code::kState);
  assert_code(f.writer.write("x"), Code::kState);
  assert_code(f.writer.add_trailer("A", "b"), Code::kState);
}

void test_response_writer__sends_interim_responses(void**) {
  Fixture f;
  assert_ok(f.writer.add_field("Link", "</style.css>; rel=preload"));
  assert_ok(f.writer.interim(103));
  assert_text_equal(f.sink->take(),
                    "HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n");
  assert_code(f.writer.interim(100), Code::kInvalid);
  assert_code(f.writer.interim(200), Code::kInvalid);
  assert_ok(f.writer.reply(200, "", "x"));
  assert_true(f.sink->bytes.find("Link") == std::string::npos);
  f.request(0, false);
  assert_ok(f.writer.interim(103));
  assert_text_equal(f.sink->bytes, "");
}

void test_response_writer__sends_trailers_behind_chunks_only(void**) {
  Fixture f;
  assert_ok(f.writer.start(200, ""));
  assert_ok(f.writer.write("x"));
  f.sink->take();
  assert_ok(f.writer.add_trailer("X-Sum", "1"));
  assert_code(f.writer.add_trailer("X", "a\nb"), Code::kInvalid);
  for (const char* name : {"Content-Length", "content-type", "Host", "Set-Cookie"}) {
    assert_code(f.writer.add_trailer(name, "5"), Code::kInvalid);
  }
  assert_ok(f.writer.end());
  assert_text_equal(f.sink->bytes, "0\r\nX-Sum: 1\r\n\r\n");
  f.restart();
  assert_ok(f.writer.start(200, ""));
  assert_ok(f.writer.add_field("Content-Length", "1"));
  assert_ok(f.writer.add_trailer("X-Sum", "1"));
  assert_ok(f.writer.write("x"));
  assert_ok(f.writer.end());
  assert_true(f.sink->bytes.find("X-Sum") == std::string::npos);
}

// The last bytes and the end of the body leave together.
void test_response_writer__ends_with_the_last_bytes(void**) {
  Fixture f;
  assert_ok(f.writer.start(200, ""));
  assert_ok(f.writer.write("he"));
  f.sink->take();
  f.sink->pushes = 0;
  assert_ok(f.writer.add_trailer("X-Sum", "1"));
  assert_ok(f.writer.end("llo"));
  assert_text_equal(f.sink->bytes, "3\r\nllo\r\n0\r\nX-Sum: 1\r\n\r\n");
  assert_int_equal(f.sink->pushes, 1);
  assert_ended(f, Then::kKeepOpen);
  assert_code(f.writer.end("more"), Code::kState);
}

void test_response_writer__knows_the_length_of_a_body_that_ends_at_once(void**) {
  Fixture f;
  assert_ok(f.writer.start(200, ""));
  assert_ok(f.writer.end("hello"));
  assert_text_equal(f.sink->bytes, std::string("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n") +
                                       kIdentity + "\r\nhello");
  assert_int_equal(f.sink->pushes, 1);
}

void test_response_writer__ends_with_no_more_than_was_declared(void**) {
  Fixture f;
  assert_ok(f.writer.start(200, ""));
  assert_ok(f.writer.add_field("Content-Length", "3"));
  assert_ok(f.writer.write("he"));
  f.sink->take();
  assert_ok(f.writer.end("llo"));
  assert_text_equal(f.sink->bytes, "l");
  assert_int_equal(static_cast<int>(f.writer.length_fault()),
                   static_cast<int>(ResponseWriter::LengthFault::kTooMuch));
  f.request(1, true, true);
  assert_ok(f.writer.start(200, ""));
  assert_ok(f.writer.end("hello"));
  assert_true(f.sink->bytes.ends_with("\r\n\r\n"));
  f.request(0, false);
  assert_ok(f.writer.start(200, ""));
  assert_ok(f.writer.write("he"));
  f.sink->take();
  assert_ok(f.writer.end("llo"));
  assert_text_equal(f.sink->bytes, "llo");
  assert_ended(f, Then::kClose);
}

void test_response_writer__announces_trailers(void**) {
  Fixture f;
  assert_ok(f.writer.add_field("Trailer", "X-Sum, ,x-time"));
  assert_ok(f.writer.start(200, ""));
  assert_ok(f.writer.add_field("trailer", "X-SUM,X-Third"));
  assert_ok(f.writer.add_trailer("X-Fourth", "4"));
  assert_ok(f.writer.write("x"));
  assert_contains(f.sink->take(),
                  "Transfer-Encoding: chunked\r\n"
                  "Trailer: X-Sum, x-time, X-Third, X-Fourth\r\n");
  assert_ok(f.writer.add_trailer("X-Sum", "1"));
  assert_ok(f.writer.end());
  assert_text_equal(f.sink->bytes, "0\r\nX-Fourth: 4\r\nX-Sum: 1\r\n\r\n");
  f.restart();
  assert_ok(f.writer.start(200, ""));
  assert_ok(f.writer.write("x"));
  assert_int_equal(count(f.sink->bytes, "Trailer"), 0);
}

void test_response_writer__announces_nothing_where_no_trailer_comes(void**) {
  Fixture f;
  assert_ok(f.writer.add_field("Trailer", "X-Sum"));
  assert_ok(f.writer.reply(200, "", "x"));
  assert_int_equal(count(f.sink->bytes, "Trailer"), 0);
  f.request(0, false);
  assert_ok(f.writer.add_field("Trailer", "X-Sum"));
  assert_ok(f.writer.start(200, ""));
  assert_ok(f.writer.write("x"));
  assert_int_equal(count(f.sink->bytes, "Trailer"), 0);
}

void test_response_writer__aborts_visibly(void**) {
  Fixture f;
  assert_ok(f.writer.start(200, ""));
  assert_ok(f.writer.write("x"));
  f.sink->take();
  f.writer.abort();
  assert_text_equal(f.sink->bytes, "");
  assert_ended(f, Then::kClose);
  f.request(0, false);
  assert_ok(f.writer.start(200, ""));
  assert_ok(f.writer.write("x"));
  f.writer.abort();
  assert_ended(f, Then::kCut);
}

void test_response_writer__closes_while_the_server_drains(void**) {
  Fixture f;
  std::atomic<bool> draining{false};
  f.context.is_draining = &draining;
  f.restart();
  draining = true;
  assert_ok(f.writer.reply(200, "", "x"));
  assert_contains(f.sink->bytes, "Connection: close\r\n");
  assert_ended(f, Then::kClose);
}

void test_response_writer__reports_a_client_that_has_left(void**) {
  Fixture f;
  f.sink->is_broken = true;
  assert_ok(f.writer.start(200, ""));
  assert_code(f.writer.write("x"), Code::kDisconnected);
}

// Also where nothing would be sent: who writes until then must come to an end.
void test_response_writer__reports_it_for_bytes_that_are_dropped(void**) {
  using app::PeerState;
  Fixture f;
  f.request(1, true, true);
  assert_ok(f.writer.start(200, ""));
  assert_ok(f.writer.write("x"));
  for (const PeerState peer : {PeerState::kPresent, PeerState::kHalfClosed, PeerState::kDraining}) {
    f.sink->why_gone = peer;
    assert_ok(f.writer.write("x"));
  }
  for (const PeerState peer : {PeerState::kDisconnected, PeerState::kTimeUp, PeerState::kLost}) {
    f.sink->why_gone = peer;
    assert_code(f.writer.write("x"), Code::kDisconnected);
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_response_writer__replies_in_one_push),
      cmocka_unit_test(test_response_writer__frames),
      cmocka_unit_test(test_response_writer__ends_an_empty_answer_with_length_0),
      cmocka_unit_test(test_response_writer__flush_sends_the_head_alone),
      cmocka_unit_test(test_response_writer__cuts_what_is_too_much),
      cmocka_unit_test(test_response_writer__counts_sizes_beyond_64_bits),
      cmocka_unit_test(test_response_writer__closes_when_it_is_too_little),
      cmocka_unit_test(test_response_writer__head_needs_no_body),
      cmocka_unit_test(test_response_writer__head_says_no_length_that_nobody_has_told),
      cmocka_unit_test(test_response_writer__refuses_fields),
      cmocka_unit_test(test_response_writer__the_later_of_two_replaces_what_is_no_list),
      cmocka_unit_test(test_response_writer__keeps_both_of_what_is_a_list),
      cmocka_unit_test(test_response_writer__the_type_of_a_reply_replaces_that_of_a_filter),
      cmocka_unit_test(test_response_writer__a_refused_value_replaces_nothing),
      cmocka_unit_test(test_response_writer__closes_when_the_application_asks_for_it),
      cmocka_unit_test(test_response_writer__says_what_to_upgrade_to),
      cmocka_unit_test(test_response_writer__refuses_upgrade_with_other_statuses),
      cmocka_unit_test(test_response_writer__refuses_statuses_and_reasons),
      cmocka_unit_test(test_response_writer__an_unknown_status_keeps_the_space),
      cmocka_unit_test(test_response_writer__keeps_the_applications_date_and_server),
      cmocka_unit_test(test_response_writer__calls_out_of_order),
      cmocka_unit_test(test_response_writer__sends_interim_responses),
      cmocka_unit_test(test_response_writer__sends_trailers_behind_chunks_only),
      cmocka_unit_test(test_response_writer__ends_with_the_last_bytes),
      cmocka_unit_test(test_response_writer__knows_the_length_of_a_body_that_ends_at_once),
      cmocka_unit_test(test_response_writer__ends_with_no_more_than_was_declared),
      cmocka_unit_test(test_response_writer__announces_trailers),
      cmocka_unit_test(test_response_writer__announces_nothing_where_no_trailer_comes),
      cmocka_unit_test(test_response_writer__aborts_visibly),
      cmocka_unit_test(test_response_writer__closes_while_the_server_drains),
      cmocka_unit_test(test_response_writer__reports_a_client_that_has_left),
      cmocka_unit_test(test_response_writer__reports_it_for_bytes_that_are_dropped),
  };
  return cmocka_run_group_tests_name("app/response_writer", tests, nullptr, nullptr);
}
