// Parts of a body: split anywhere, hostile boundaries, strict heads, limits, bounded memory.
#include <algorithm>
#include <chrono>
#include <string>

#include "base/text.h"
#include "form/file_name.h"
#include "form/multipart.h"
#include "support/cmocka.h"
#include "support/text_asserts.h"

using namespace wserve;
using namespace std::string_literals;
using base::ByteView;
using base::Code;
using base::Status;
using form::Limits;
using form::Multipart;

namespace {

// Gives a body in pieces of some size; before each piece it may have to be asked again.
class Body final : public Multipart::Source {
 public:
  Body(ByteView rest, std::size_t piece, bool is_slow = false)
      : rest_(rest), piece_(piece), is_slow_(is_slow) {}
  Status read(char* to, std::size_t capacity, std::size_t& got) override {
    assert_true(capacity > 0);
    if (is_slow_ && (is_waiting_ = !is_waiting_)) {
      got = 0;
      return Code::kTimeout;
    }
    got = std::min({capacity, piece_, rest_.size()});
    std::copy_n(rest_.data(), got, to);
    rest_.remove_prefix(got);
    return {};
  }
  [[nodiscard]] bool is_used_up() const { return rest_.empty(); }

 private:
  ByteView rest_;
  const std::size_t piece_;
  const bool is_slow_;
  bool is_waiting_ = false;
};

template <typename Call>
Status insist(Call&& call) {
  Status status;
  do {
    status = call();
  } while (status.code() == Code::kTimeout);
  return status;
}

// "name[filename](data)" for each part, and how it ends.
std::string read(ByteView text, std::size_t piece, std::size_t buffer_size = 4096,
                 const Limits& limits = {}, bool is_slow = false) {
  Body body(text, piece, is_slow);
  Multipart parts(body, "b", limits);
  std::string all;
  std::string buffer(buffer_size, '\0');
  Status status;
  while ((status = insist([&] { return parts.next(); })).is_ok()) {
    all += base::concat(parts.part()->name,
                        parts.part()->is_file ? base::concat('[', parts.part()->filename, ']') : "",
                        '(');
    std::size_t got = 0;
    while (
        (status = insist([&] { return parts.read(buffer.data(), buffer.size(), got); })).is_ok() &&
        got > 0) {
      all.append(buffer, 0, got);
    }
    if (!status.is_ok()) {
      break;
    }
    all += ')';
  }
  assert_null(parts.part());
  if (status.code() == Code::kUnknown) {
    assert_true(body.is_used_up());
    return all;
  }
  assert_false(status.message().empty());
  assert_true(parts.next().code() == status.code());  // it stays so
  std::size_t got = 1;
  assert_true(parts.read(buffer.data(), 1, got).code() == status.code());
  assert_int_equal(got, 0);
  return all + base::concat(' ', static_cast<int>(status.code()));
}

std::string read(ByteView text, const Limits& limits = {}) {
  return read(text, text.size() + 1, 4096, limits);
}

std::string part(const std::string& fields, const std::string& data) {
  return "--b\r\n" + fields + "\r\n\r\n" + data + "\r\n";
}

std::string field(const std::string& name, const std::string& data) {
  return part("Content-Disposition: form-data; name=\"" + name + "\"", data);
}

// One part whose disposition has these parameters.
std::string named(const std::string& parameters) {
  return read(part("Content-Disposition: form-data; " + parameters, "x") + "--b--\r\n");
}

void test_multipart__is_read_part_by_part(void**) {
  assert_text_equal(read("--b--\r\n"), "");
  assert_text_equal(read("--b--"), "");
  assert_text_equal(read(field("a", "1") + field("c", "") + field("a", "\r\n-") + "--b--\r\n"),
                    "a(1)c()a(\r\n-)");
  assert_text_equal(read("preamble\r\n" + field("a", "1") + "--b--\r\nepilogue --b\r\n--b\r\n"),
                    "a(1)");
  assert_text_equal(read("\r\n" + field("a", "1") + "--b-- \t\r\n"), "a(1)");
  assert_text_equal(read("--b \t\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--b--"),
                    "a(1)");
  // RFC 2046 §5.1.1: no body at all, not even an empty one.
  assert_text_equal(read("--b\r\nContent-Disposition: form-data; name=a\r\n\r\n--b--"), "a()");
}

void test_multipart__may_be_split_anywhere(void**) {
  const std::string body =
      "--\r\n" + field("a", "\r\n--\r\n--x\r\r\n\n--\r") + field("", "-b--b") +
      part("Content-Disposition: form-data; name=f; filename=\"a.txt\"\r\nContent-Type: text/plain",
           "\0\xff\r\n"s) +
      "--b--\r\nrest";
  const std::string whole = read(body);
  assert_text_equal(whole, "a(\r\n--\r\n--x\r\r\n\n--\r)(-b--b)f[a.txt](\0\xff\r\n)"s);
  for (std::size_t piece = 1; piece <= body.size(); ++piece) {
    assert_text_equal(read(body, piece), whole);
    assert_text_equal(read(body, piece, 1), whole);
    assert_text_equal(read(body, piece, 3, {}, true), whole);
  }
}

void test_multipart__skips_what_is_not_read(void**) {
  const std::string text = field("a", std::string(100'000, '\r')) + field("c", "2") + "--b--\r\n";
  Body body(text, 1000);
  Multipart parts(body, "b", {});
  std::size_t got = 0;
  char byte = 0;
  assert_true(parts.read(&byte, 1, got).code() == Code::kState);
  assert_true(parts.next().is_ok());
  assert_true(parts.read(&byte, 1, got).is_ok());
  assert_true(parts.next().is_ok());
  assert_string_equal(parts.part()->name.c_str(), "c");
  assert_true(parts.next().code() == Code::kUnknown);
  assert_true(parts.next().code() == Code::kUnknown);
  assert_true(parts.read(&byte, 1, got).code() == Code::kState);
}

void test_multipart__that_does_not_end_is_refused(void**) {
  assert_text_equal(read(""), " -1");
  assert_text_equal(read("no boundary"), " -1");
  assert_text_equal(read("x--b\r\n"), " -1");
  assert_text_equal(read("--b"), " -1");
  assert_text_equal(read("--b-"), " -1");
  assert_text_equal(read("--b\r\n"), " -1");
  assert_text_equal(read(field("a", "1")), "a(1 -1");
  assert_text_equal(read(field("a", "1") + "--b"), "a(1) -1");
  assert_text_equal(read(field("a", "1") + "--c--\r\n"), "a(1\r\n--c-- -1");
  const std::string whole = field("a", "1") + "--b--";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::string got = read(whole.substr(0, size));
    assert_text_equal(got.substr(got.size() - 3), " -1");
  }
}

// What begins a line with the boundary is one (RFC 2046 §5.1.1), and then it must be whole.
void test_multipart__with_a_boundary_that_goes_on_is_refused(void**) {
  assert_text_equal(read(field("a", "\r\n--bc") + "--b--\r\n"), "a() -1");
  assert_text_equal(read("--bb\r\n\r\n--b--\r\n"), " -1");
  assert_text_equal(read("--b\n\r\n"), " -1");
  assert_text_equal(read("--b\r\r\n"), " -1");
  assert_text_equal(read("--b-\r\n"), " -1");
  assert_text_equal(read("--b --\r\n"), " -1");
  assert_text_equal(read("--b--x"), " -1");
  assert_text_equal(read("--b----"), " -1");
  assert_text_equal(read("--b" + std::string(64, ' ') + "--"), " -1");
  assert_text_equal(read("--b" + std::string(1'000'000, ' ') + "\r\n"), " -1");
}

void test_multipart__with_line_feeds_alone_is_refused(void**) {
  assert_text_equal(read("--b\nContent-Disposition: form-data; name=a\n\n1\n--b--\n"), " -1");
  assert_text_equal(read("--b\r\nContent-Disposition: form-data; name=a\n\n1\r\n--b--\r\n"), " -1");
  assert_text_equal(
      read("--b\r\nContent-Disposition: form-data; name=a\nX: y\r\n\r\n1\r\n--b--\r\n"), " -1");
}

void test_multipart__with_a_broken_head_is_refused(void**) {
  const std::string good = "Content-Disposition: form-data; name=a";
  for (const std::string& fields :
       {""s, "X: y"s, "Content-Disposition : form-data; name=a"s, good + "\r\n folded",
        good + "\r\nno field", good + "\r\n: y", good + "\r\n" + good, good + "\r\nX: a\0b"s,
        good + "\r\n--b\r\nX: y", good + "\r\n--b: y",
        good + "\r\nContent-Type: a/b\r\ncontent-type: a/b",
        good + "\r\nContent-Transfer-Encoding: base64", good + "\r\nX: \x7f"}) {
    assert_text_equal(read(part(fields, "x") + "--b--\r\n"), " -1");
  }
  assert_text_equal(read("--b\r\n\r\nno head\r\n--b--\r\n"), " -1");
  assert_text_equal(
      read(part("content-DISPOSITION:form-data;name=a\r\nX: y\r\nContent-Transfer-Encoding: 8BIT",
                "x") +
           "--b--\r\n"),
      "a(x)");
}

void test_multipart__names_are_read_as_they_are_written(void**) {
  assert_text_equal(named("name=a"), "a(x)");
  assert_text_equal(named("NAME=\"a b;c\";"), "a b;c(x)");
  assert_text_equal(named("name=\"\""), "(x)");
  assert_text_equal(named("name=\"a\\\"b\\\\c\\d\""), "a\"b\\c\\d(x)");
  assert_text_equal(named("name=\"%22%0D%0A\""), "%22%0D%0A(x)");
  assert_text_equal(named("name=\"\xe2\x82\xac\xff\""), "\xe2\x82\xac\xff(x)");
  assert_text_equal(named("filename=\"C:\\dir\\f.txt\"; name=a"), "a[C:\\dir\\f.txt](x)");
  assert_text_equal(named("name=a; filename=\"../../etc/passwd\""), "a[../../etc/passwd](x)");
  assert_text_equal(named("name=a; filename=\"\""), "a[](x)");
  assert_text_equal(named("name=a; filename*=UTF-8''b; name*=UTF-8''c; size=1"), "a(x)");
  assert_text_equal(named("name=a; filename=\"x\\\"; filename=\\\"y.sh\""),
                    "a[x\"; filename=\"y.sh](x)");
}

void test_multipart__names_that_could_be_two_are_refused(void**) {
  for (const char* parameters :
       {"", "filename=a", "name=a; name=b", "name=a; NAME=a", "name=a; filename=a; filename=b",
        "name=\"a", "name=\"a\\\"", "name=\"a\"b", "name=a b", "name =a", "name= a", "name",
        "name=", "name=a filename=b", "name=a; filename=b/c", "name=a, filename=b", "=a; name=a",
        "name='a b'"}) {
    assert_text_equal(named(parameters), " -1");
  }
  assert_text_equal(read(part("Content-Disposition: attachment; name=a", "x") + "--b--"), " -1");
}

void test_multipart__has_limits(void**) {
  Limits limits;
  limits.parts = 2;
  limits.name = 3;
  limits.part_head = 60;
  const std::string two = field("a", "1") + field("b", "2");
  assert_text_equal(read(two + "--b--", limits), "a(1)b(2)");
  assert_text_equal(read(two + field("c", "3") + "--b--", limits), "a(1)b(2) -10");
  assert_text_equal(read(field("abc", "") + "--b--", limits), "abc()");
  assert_text_equal(read(field("abcd", "") + "--b--", limits), " -10");
  const std::string head = "Content-Disposition: form-data; name=a\r\nX: ";  // 43 bytes
  for (std::size_t piece : {1U, 7U, 10000U}) {
    assert_text_equal(read(part(head + std::string(17, 'x'), "") + "--b--", piece, 9, limits),
                      "a()");
    assert_text_equal(read(part(head + std::string(18, 'x'), "") + "--b--", piece, 9, limits),
                      " -10");
    assert_text_equal(read("--b\r\n" + std::string(100'000, 'x'), piece, 9, limits), " -10");
  }
  limits.part_head = 0;
  assert_text_equal(read(two, limits), " -10");
}

// The beginning of a boundary again and again, in pieces of one byte, read by one byte.
void test_multipart__takes_the_time_of_its_bytes(void**) {
  const std::string boundary(70, 'b');
  std::string data;
  while (data.size() < 2'000'000) {
    data += "\r\n--" + boundary.substr(1) + "\r\r\n\r\n--" + boundary.substr(2);
  }
  const std::string text = "--" + boundary + "\r\nContent-Disposition: form-data; name=a\r\n\r\n" +
                           data + "\r\n--" + boundary + "--\r\n";
  const auto began = std::chrono::steady_clock::now();
  for (const std::size_t piece : {std::size_t{1}, text.size()}) {
    Body body(text, piece);
    Multipart parts(body, boundary, {});
    assert_true(parts.next().is_ok());
    std::string got_all;
    std::size_t got = 0;
    char byte = 0;
    while (parts.read(&byte, 1, got).is_ok() && got > 0) {
      got_all += byte;
    }
    assert_true(got_all == data);
    assert_true(parts.next().code() == Code::kUnknown);
  }
  assert_true(std::chrono::steady_clock::now() - began < std::chrono::seconds(30));
}

std::string boundary_of(ByteView type) {
  std::string boundary;
  const Status status = form::read_boundary(type, boundary);
  return status.is_ok() ? boundary : base::concat(static_cast<int>(status.code()));
}

void test_multipart__boundary_is_one_or_none(void**) {
  assert_text_equal(boundary_of("multipart/form-data; boundary=abc"), "abc");
  assert_text_equal(boundary_of("Multipart/Form-Data;charset=utf-8;BOUNDARY=\"a b:c\""), "a b:c");
  assert_text_equal(boundary_of("multipart/form-data; boundary=" + std::string(70, 'x')),
                    std::string(70, 'x'));
  for (const char* type :
       {"", "text/plain", "multipart/mixed; boundary=a", "multipart/form-data-x; boundary=a"}) {
    assert_text_equal(boundary_of(type), "-4");
  }
  for (const std::string& type :
       {"multipart/form-data"s, "multipart/form-data; boundary="s,
        "multipart/form-data; boundary=\"\""s, "multipart/form-data; boundary=a; boundary=b"s,
        "multipart/form-data; boundary=a, b"s, "multipart/form-data; boundary=\"a"s,
        "multipart/form-data; boundary=\"a \""s, "multipart/form-data; boundary=\"a\tb\""s,
        "multipart/form-data; boundary=\"a\\\"\""s,
        "multipart/form-data; boundary=" + std::string(71, 'x'),
        "multipart/form-data; boundary=a b"s}) {
    assert_text_equal(boundary_of(type), "-1");
  }
}

void test_file_name__is_harmless(void**) {
  const auto safe = [](ByteView name) { return form::safe_file_name(name); };
  assert_text_equal(safe("photo 1.jpg"), "photo 1.jpg");
  assert_text_equal(safe("../../etc/passwd"), "passwd");
  assert_text_equal(safe("C:\\Users\\me\\cv.pdf"), "cv.pdf");
  assert_text_equal(safe("C:autorun.inf"), "C_autorun.inf");
  assert_text_equal(safe(".htaccess"), "_htaccess");
  assert_text_equal(safe("-rf"), "_rf");
  assert_text_equal(safe("con"), "_con");
  assert_text_equal(safe("LPT1.txt"), "_LPT1.txt");
  assert_text_equal(safe("nul .tar.gz"), "_nul .tar.gz");
  assert_text_equal(safe("console.txt"), "console.txt");
  assert_text_equal(safe("a.php."), "a.php_");
  assert_text_equal(safe("a~"), "a_");
  assert_text_equal(safe("a.txt::$DATA"), "a.txt___DATA");
  assert_text_equal(safe("a\0b\n\x7f.sh"s), "a_b__.sh");
  assert_text_equal(safe("gr\xc3\xbc\xc3\x9f.txt"), "gr\xc3\xbc\xc3\x9f.txt");
  assert_text_equal(safe("a\xc3"), "a_");
  assert_text_equal(safe("a\xe2\x80\xae"
                         "cod.exe"),
                    "a_cod.exe");  // turns the direction
  for (const char* nothing : {"", "/", "a/", "\\", "."}) {
    assert_text_equal(safe(nothing), "_");
  }
  assert_text_equal(safe(".."), "__");
  const std::string cut = safe(std::string(500, 'x') + ".tar.gz");
  assert_int_equal(cut.size(), form::kMaxNameBytes);
  assert_text_equal(cut.substr(cut.size() - 4), "x.gz");
  std::string wide;
  for (int i = 0; i < 200; ++i) {
    wide += "\xe2\x82\xac";
  }
  assert_text_equal(safe(wide).substr(195), "\xe2\x82\xac");
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_multipart__is_read_part_by_part),
      cmocka_unit_test(test_multipart__may_be_split_anywhere),
      cmocka_unit_test(test_multipart__skips_what_is_not_read),
      cmocka_unit_test(test_multipart__that_does_not_end_is_refused),
      cmocka_unit_test(test_multipart__with_a_boundary_that_goes_on_is_refused),
      cmocka_unit_test(test_multipart__with_line_feeds_alone_is_refused),
      cmocka_unit_test(test_multipart__with_a_broken_head_is_refused),
      cmocka_unit_test(test_multipart__names_are_read_as_they_are_written),
      cmocka_unit_test(test_multipart__names_that_could_be_two_are_refused),
      cmocka_unit_test(test_multipart__has_limits),
      cmocka_unit_test(test_multipart__takes_the_time_of_its_bytes),
      cmocka_unit_test(test_multipart__boundary_is_one_or_none),
      cmocka_unit_test(test_file_name__is_harmless),
  };
  return cmocka_run_group_tests_name("form/multipart", tests, nullptr, nullptr);
}
