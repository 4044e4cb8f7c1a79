// The wire cases and generated requests, sent to libwserve at once and through a proxy: whatever
// the proxy lets through, both must agree on where each request ends, and no request may reach the
// application that the proxy has not sent.
//
// usage: test_differential PROXY [--seed=N] [--count=N] FILE.case...
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "differential/careless_proxy.h"
#include "differential/comparison.h"
#include "differential/generator.h"
#include "differential/wrong_origin.h"
#include "differential/wserve_origin.h"
#include "support/cmocka.h"
#include "wire/case_file.h"

using namespace wserve::tests;

namespace {

// What a test runs with.
struct Setting {
  std::string proxy;
  std::vector<WireCase> cases;
  unsigned seed = 1;
  unsigned count = 400;
};

std::unique_ptr<Proxy> start_proxy(const std::string& name, int origin_port) {
  if (name == "careless") {
    return std::make_unique<CarelessProxy>(origin_port);
  }
  return std::make_unique<RealProxy>(name, origin_port);
}

void compare_generated(const GeneratedCase& one, Comparison& comparison) {
  if (one.is_right) {
    comparison.compare_right(one.name, one.bytes, one.requests);
  } else {
    comparison.compare(one.name, one.bytes);
  }
}

void expect_agreement(const Comparison& comparison, std::size_t least) {
  for (const std::string& complaint : comparison.complaints()) {
    print_error("%s\n", complaint.c_str());
  }
  print_message("%zu requests came through\n", comparison.forwarded());
  assert_true(comparison.forwarded() > least);
  assert_int_equal(comparison.complaints().size(), 0);
}

void test_differential__wire_cases(void** state) {
  const Setting& setting = *static_cast<Setting*>(*state);
  WserveOrigin origin;
  WireTap tap(origin.port());
  const auto proxy = start_proxy(setting.proxy, tap.port());
  Comparison comparison(origin, tap, *proxy);
  for (const WireCase& one : setting.cases) {
    comparison.compare(one.name, one.request);
  }
  comparison.finish();
  expect_agreement(comparison, setting.cases.size() / 4);
}

void test_differential__generated_requests(void** state) {
  const Setting& setting = *static_cast<Setting*>(*state);
  WserveOrigin origin;
  WireTap tap(origin.port());
  const auto proxy = start_proxy(setting.proxy, tap.port());
  Comparison comparison(origin, tap, *proxy);
  for (unsigned i = 0; i < setting.count; ++i) {
    compare_generated(generate_case(setting.seed, i), comparison);
  }
  comparison.finish();
  expect_agreement(comparison, setting.count / 4);
}

// Whether requests that nothing is wrong with show that an origin makes mistakes. The first sign is
// enough: a connection that is out of step may hang from then on.
bool is_noticed(void** state, const Mistakes& mistakes) {
  const Setting& setting = *static_cast<Setting*>(*state);
  WrongOrigin origin(mistakes);
  WireTap tap(origin.port());
  const auto proxy = start_proxy(setting.proxy, tap.port());
  Comparison comparison(origin, tap, *proxy);
  for (unsigned i = 0; i < setting.count && comparison.complaints().empty(); ++i) {
    const GeneratedCase one = generate_case(setting.seed, i);
    if (one.is_right) {
      comparison.compare_right(one.name, one.bytes, one.requests);
    }
  }
  comparison.finish();
  for (const std::string& complaint : comparison.complaints()) {
    print_message("noticed: %s\n", complaint.c_str());
  }
  return !comparison.complaints().empty();
}

// The server that the others spoil.
void test_differential__notices_nothing_without_mistakes(void** state) {
  assert_false(is_noticed(state, {}));
}

void test_differential__notices_an_origin_that_ignores_chunks(void** state) {
  assert_true(is_noticed(state, {.ignores_transfer_encoding = true}));
}

void test_differential__notices_an_origin_that_ignores_bodies_of_get(void** state) {
  assert_true(is_noticed(state, {.ignores_body_of_get = true}));
}

void test_differential__notices_an_origin_with_decimal_chunk_sizes(void** state) {
  assert_true(is_noticed(state, {.reads_decimal_chunk_sizes = true}));
}

// What is said of an origin behind the proxy that mends nothing.
std::string complaints_about(const Mistakes& mistakes, const std::string& bytes) {
  WrongOrigin origin(mistakes);
  WireTap tap(origin.port());
  const CarelessProxy proxy(tap.port());
  Comparison comparison(origin, tap, proxy);
  comparison.compare("unclear", bytes);
  std::string all;
  for (const std::string& complaint : comparison.complaints()) {
    all += complaint + '\n';
  }
  return all;
}

// Real proxies send nothing that these two would misread.
void test_differential__notices_an_origin_that_prefers_length(void** /*state*/) {
  const std::string bytes =
      "POST /both HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
      "25\r\nGET /hidden HTTP/1.1\r\nHost: a\r\nX: y\r\n0\r\n\r\n";
  const std::string smuggled = "the proxy has not sent GET /hidden ";
  assert_true(complaints_about({.prefers_length = true}, bytes).find(smuggled) !=
              std::string::npos);
  assert_true(complaints_about({}, bytes).find(smuggled) == std::string::npos);
}

void test_differential__notices_an_origin_that_takes_bare_lf(void** /*state*/) {
  const std::string bytes = "POST /lf HTTP/1.1\nHost: a\nContent-Length: 1\n\nx";
  const std::string taken = "the proxy has not sent POST /lf \"x\"";
  assert_true(complaints_about({.takes_lf_for_line_end = true}, bytes).find(taken) !=
              std::string::npos);
  assert_true(complaints_about({}, bytes).find(taken) == std::string::npos);
}

void read_cases(const char* path, Setting& setting) {
  for (const WireCase& one : read_case_file(path)) {
    // Other limits are not the proxy's, and a client that waits is not asked twice.
    if (one.options.empty() && one.afterwards != Afterwards::kWait) {
      setting.cases.push_back(one);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: test_differential PROXY [--seed=N] [--count=N] FILE.case...\n";
    return 2;
  }
  Setting setting;
  setting.proxy = argv[1];
  for (int i = 2; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument.starts_with("--seed=")) {
      setting.seed = static_cast<unsigned>(std::stoul(argument.substr(7)));
    } else if (argument.starts_with("--count=")) {
      setting.count = static_cast<unsigned>(std::stoul(argument.substr(8)));
    } else {
      read_cases(argv[i], setting);
    }
  }
  std::vector<CMUnitTest> tests = {
      cmocka_unit_test_prestate(test_differential__wire_cases, &setting),
      cmocka_unit_test_prestate(test_differential__generated_requests, &setting),
      cmocka_unit_test_prestate(test_differential__notices_nothing_without_mistakes, &setting),
      cmocka_unit_test_prestate(test_differential__notices_an_origin_that_ignores_chunks, &setting),
      cmocka_unit_test_prestate(test_differential__notices_an_origin_that_ignores_bodies_of_get,
                                &setting),
      cmocka_unit_test_prestate(test_differential__notices_an_origin_with_decimal_chunk_sizes,
                                &setting),
  };
  if (setting.proxy == "careless") {
    tests.push_back(cmocka_unit_test(test_differential__notices_an_origin_that_prefers_length));
    tests.push_back(cmocka_unit_test(test_differential__notices_an_origin_that_takes_bare_lf));
  }
  // The macro wants an array; this is what it expands to.
  return _cmocka_run_group_tests(argv[1], tests.data(), tests.size(), nullptr, nullptr);
}
