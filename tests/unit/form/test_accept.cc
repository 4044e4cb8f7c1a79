// The choice that a client leaves, and conditions on the state of what it asks for.
#include <chrono>
#include <string>
#include <vector>

#include "base/text.h"
#include "form/accept.h"
#include "form/conditions.h"
#include "support/cmocka.h"
#include "support/text_asserts.h"

using namespace wserve;
using form::Accept;

namespace {

std::string choose(Accept accept, const char* value, const std::vector<const char*>& offers) {
  const int chosen = form::choose(accept, value, offers);
  return chosen == form::kNoOffer ? "none" : offers[static_cast<std::size_t>(chosen)];
}

std::string type(const char* value) {
  return choose(Accept::kType, value,
                {"text/html", "application/json", "text/plain;charset=utf-8"});
}

void test_accept__chooses_a_type(void**) {
  assert_text_equal(type(nullptr), "text/html");
  assert_text_equal(type(""), "text/html");
  assert_text_equal(type("*/*"), "text/html");
  assert_text_equal(type("application/json"), "application/json");
  assert_text_equal(type("text/html;q=0.5, APPLICATION/JSON;q=0.7"), "application/json");
  assert_text_equal(type("text/*;q=0.5, */*;q=0.1"), "text/html");
  assert_text_equal(type("text/html;q=0.1, text/*;q=0.5, */*;q=0.4"), "text/plain;charset=utf-8");
  assert_text_equal(type("text/plain;charset=UTF-8, text/html;q=0.9"), "text/plain;charset=utf-8");
  assert_text_equal(type("text/plain;charset=latin1, text/html;q=0.1"), "text/html");
  assert_text_equal(type("text/plain;charset=utf-8;q=0, text/plain, */*;q=0.1"), "text/html");
  assert_text_equal(type("a/b;x=\"text/html, text/plain\", application/json;q=0.001"),
                    "application/json");
  assert_text_equal(type("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
                    "text/html");
}

void test_accept__refuses_a_type(void**) {
  for (const char* value :
       {"image/png", "*/*;q=0", "text/html;q=0", "text/html;q=0, */*;q=0.0", "text", "*", "text/",
        "/html", "texts/*", "text*", "text/html;q=0.000"}) {
    assert_text_equal(type(value), "none");
  }
}

void test_accept__does_not_count_what_cannot_be_read(void**) {
  for (const char* weight :
       {"2", "1.1", "1.001", "0.1234", "-1", "+1", ".5", "", "x", "0,5", "1e0", " 1", "00.1"}) {
    const std::string value = base::concat("application/json;q=", weight, ", text/html;q=0.1");
    assert_text_equal(type(value.c_str()), "text/html");
  }
  assert_text_equal(type(",,;q=1,text/html;q=0.1,\"application/json"), "text/html");
  assert_text_equal(type("application/json;\"x\", text/html;q=0.1"), "text/html");
}

std::string language(const char* value) {
  return choose(Accept::kLanguage, value, {"en", "de-AT", "zh-Hant-TW", "fr"});
}

void test_accept__looks_a_language_up(void**) {
  assert_text_equal(language(nullptr), "en");
  assert_text_equal(language("de-AT"), "de-AT");
  assert_text_equal(language("DE-at-1901"), "de-AT");
  assert_text_equal(language("de"), "de-AT");
  assert_text_equal(language("d"), "none");
  assert_text_equal(language("de-DE, fr;q=0.3"), "fr");
  assert_text_equal(language("fr-CA;q=0.5, en-GB;q=0.4"), "fr");
  assert_text_equal(language("zh-Hant-TW-x-private"), "zh-Hant-TW");
  assert_text_equal(language("it, *;q=0.1"), "en");
  assert_text_equal(language("en;q=0, *"), "de-AT");
  assert_text_equal(language("en;q=0"), "none");
  assert_text_equal(language("*;q=0"), "none");
  assert_text_equal(language("en-GB, *;q=0"), "en");
  assert_text_equal(language("en-GB;q=0, en;q=0.5"), "en");
  assert_text_equal(language("fr;q=0.5, de-AT;q=0.5"), "fr");
  assert_text_equal(choose(Accept::kLanguage, "en-GB;q=0, en", {"en-GB", "en"}), "en");
}

std::string encoding(const char* value) {
  return choose(Accept::kEncoding, value, {"br", "gzip", "identity"});
}

void test_accept__chooses_a_coding(void**) {
  assert_text_equal(encoding(nullptr), "identity");
  assert_text_equal(encoding(""), "identity");
  assert_text_equal(encoding("gzip"), "gzip");
  assert_text_equal(encoding("x-gzip"), "gzip");
  assert_text_equal(encoding("gzip, br"), "br");
  assert_text_equal(encoding("gzip;q=1.0, br;q=0.9"), "gzip");
  assert_text_equal(encoding("*"), "br");
  assert_text_equal(encoding("br;q=0, *"), "gzip");
  assert_text_equal(encoding("deflate"), "identity");
  assert_text_equal(encoding("identity;q=0"), "none");
  assert_text_equal(encoding("*;q=0"), "none");
  assert_text_equal(encoding("*;q=0, identity;q=0.1"), "identity");
  assert_text_equal(encoding("gzip;q=0.001, identity"), "identity");
  assert_text_equal(choose(Accept::kEncoding, nullptr, {"gzip"}), "gzip");
  assert_text_equal(choose(Accept::kEncoding, "", {"gzip"}), "none");
}

// As long as a head may be; each member is looked at once for each offer.
void test_accept__takes_the_time_of_the_field(void**) {
  const auto began = std::chrono::steady_clock::now();
  for (const char* member :
       {"en;q=0,", "en-a,", "a-", "\"\\", ",", ";", "de-DE;q=0.001;q=0,", "*;q=0,"}) {
    std::string value;
    while (value.size() < 256 * 1024) {
      value += member;
    }
    value += ", en";
    for (const Accept accept : {Accept::kType, Accept::kLanguage, Accept::kEncoding}) {
      static_cast<void>(choose(accept, value.c_str(), {"en", "de-AT", "a", "b", "c"}));
    }
  }
  assert_true(std::chrono::steady_clock::now() - began < std::chrono::seconds(20));
}

int check(const char* method, const char* key, const char* value, const form::Validators& its) {
  base::Arena arena;
  gateway::Environ environ;
  environ.restart(arena);
  environ.set("REQUEST_METHOD", method);
  environ.set(key, value);
  return form::check_conditions(environ, its);
}

constexpr std::int64_t kTime = 784'111'777;
constexpr const char* kSame = "Sun, 06 Nov 1994 08:49:37 GMT";
constexpr const char* kBefore = "Sun, 06 Nov 1994 08:49:36 GMT";

form::Validators state(const char* etag) {
  return {.exists = true, .etag = etag, .modified = kTime, .now = kTime + 1000};
}

void test_conditions__on_tags(void**) {
  const form::Validators strong = state("\"v1\"");
  const form::Validators weak = state("W/\"v1\"");
  for (const char* list : {"\"v1\"", "W/\"v1\"", "*", "\"x\" , ,\"v1\"", "\"a,b\", W/\"v1\""}) {
    assert_int_equal(check("GET", "HTTP_IF_NONE_MATCH", list, strong), 304);
    assert_int_equal(check("HEAD", "HTTP_IF_NONE_MATCH", list, weak), 304);
    assert_int_equal(check("PUT", "HTTP_IF_NONE_MATCH", list, strong), 412);
  }
  for (const char* list :
       {"\"v2\"", "v1", "\"v1", "\"v1\" \"v1\"x", "W/v1", "w/\"v1\"", "", "*, \"v1\"x"}) {
    assert_int_equal(check("GET", "HTTP_IF_NONE_MATCH", list, state("\"v1\" ")), 0);
    assert_int_equal(check("PUT", "HTTP_IF_MATCH", list, strong),
                     std::string_view(list).starts_with("\"v1\" ") ? 412 : 412);
  }
  assert_int_equal(check("PUT", "HTTP_IF_MATCH", "\"v1\"", strong), 0);
  assert_int_equal(check("PUT", "HTTP_IF_MATCH", "W/\"v1\"", strong), 412);
  assert_int_equal(check("PUT", "HTTP_IF_MATCH", "\"v1\"", weak), 412);
  assert_int_equal(check("PUT", "HTTP_IF_MATCH", "W/\"v1\"", weak), 412);
  assert_int_equal(check("GET", "HTTP_IF_MATCH", "*", state("")), 0);
}

void test_conditions__on_what_is_not_there(void**) {
  const form::Validators nothing = {.exists = false, .etag = {}, .modified = {}, .now = 0};
  assert_int_equal(check("PUT", "HTTP_IF_NONE_MATCH", "*", nothing), 0);
  assert_int_equal(check("PUT", "HTTP_IF_NONE_MATCH", "\"\"", nothing), 0);
  assert_int_equal(check("PUT", "HTTP_IF_MATCH", "*", nothing), 412);
  assert_int_equal(check("PUT", "HTTP_IF_UNMODIFIED_SINCE", kBefore, nothing), 0);
}

void test_conditions__on_times(void**) {
  const form::Validators its = state("");
  assert_int_equal(check("GET", "HTTP_IF_MODIFIED_SINCE", kSame, its), 304);
  assert_int_equal(check("GET", "HTTP_IF_MODIFIED_SINCE", kBefore, its), 0);
  assert_int_equal(check("POST", "HTTP_IF_MODIFIED_SINCE", kSame, its), 0);
  assert_int_equal(check("GET", "HTTP_IF_MODIFIED_SINCE", "Fri, 31 Dec 99999 23:59:59 GMT", its),
                   0);
  assert_int_equal(check("GET", "HTTP_IF_MODIFIED_SINCE", "Fri, 31 Dec 9999 23:59:59 GMT", its),
                   304);
  assert_int_equal(check("PUT", "HTTP_IF_UNMODIFIED_SINCE", kSame, its), 0);
  assert_int_equal(check("PUT", "HTTP_IF_UNMODIFIED_SINCE", kBefore, its), 412);
  form::Validators unknown = its;
  unknown.modified.reset();
  assert_int_equal(check("GET", "HTTP_IF_MODIFIED_SINCE", kSame, unknown), 0);
}

// RFC 9110 §13.2.2: the tag before the time.
void test_conditions__have_an_order(void**) {
  base::Arena arena;
  gateway::Environ environ;
  environ.restart(arena);
  environ.set("REQUEST_METHOD", "GET");
  environ.set("HTTP_IF_MODIFIED_SINCE", kSame);
  environ.set("HTTP_IF_NONE_MATCH", "\"other\"");
  assert_int_equal(form::check_conditions(environ, state("\"v1\"")), 0);
  environ.set("HTTP_IF_UNMODIFIED_SINCE", kBefore);
  environ.set("HTTP_IF_MATCH", "\"v1\"");
  assert_int_equal(form::check_conditions(environ, state("\"v1\"")), 0);
  environ.set("HTTP_IF_NONE_MATCH", "*");
  assert_int_equal(form::check_conditions(environ, state("\"v1\"")), 304);
}

std::string range(const char* text, std::int64_t size) {
  base::Arena arena;
  gateway::Environ environ;
  environ.restart(arena);
  environ.set("REQUEST_METHOD", "GET");
  environ.set("HTTP_RANGE", text);
  form::Range part{0, 0};
  switch (form::read_range(environ, state("\"v1\""), size, part)) {
    case form::RangeKind::kNone:
      return "none";
    case form::RangeKind::kUnsatisfiable:
      return "unsatisfiable";
    case form::RangeKind::kGiven:
      break;
  }
  return base::concat(part.first, '+', part.size);
}

void test_range__is_one_or_none(void**) {
  assert_text_equal(range("bytes=0-0", 10), "0+1");
  assert_text_equal(range("BYTES=2-", 10), "2+8");
  assert_text_equal(range("bytes=2-99999999999999999999999", 10), "2+8");
  assert_text_equal(range("bytes=-3", 10), "7+3");
  assert_text_equal(range("bytes=-99999999999999999999999", 10), "0+10");
  assert_text_equal(range("bytes=, 1-2 ,", 10), "1+2");
  assert_text_equal(range("bytes=10-", 10), "unsatisfiable");
  assert_text_equal(range("bytes=-0", 10), "unsatisfiable");
  assert_text_equal(range("bytes=99999999999999999999999-", 10), "unsatisfiable");
  assert_text_equal(range("bytes=0-", 0), "unsatisfiable");
  assert_text_equal(range("bytes=-1", 0), "none");
  for (const char* text :
       {"", "bytes", "bytes=", "bytes=-", "bytes=2-1", "bytes=0-1,2-3", "bytes= -", "bytes=+1-2",
        "bytes=1--2", "byte=0-1", "bytes=a-b", "bytes=0x1-2", "bytes=1"}) {
    assert_text_equal(range(text, 10), "none");
  }
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_accept__chooses_a_type),
      cmocka_unit_test(test_accept__refuses_a_type),
      cmocka_unit_test(test_accept__does_not_count_what_cannot_be_read),
      cmocka_unit_test(test_accept__looks_a_language_up),
      cmocka_unit_test(test_accept__chooses_a_coding),
      cmocka_unit_test(test_accept__takes_the_time_of_the_field),
      cmocka_unit_test(test_conditions__on_tags),
      cmocka_unit_test(test_conditions__on_what_is_not_there),
      cmocka_unit_test(test_conditions__on_times),
      cmocka_unit_test(test_conditions__have_an_order),
      cmocka_unit_test(test_range__is_one_or_none),
  };
  return cmocka_run_group_tests_name("form/accept", tests, nullptr, nullptr);
}
