// server/log_relay: which lines reach the receiver, and in what form.
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "server/log_relay.h"
#include "support/cmocka.h"
#include "support/text_asserts.h"

using namespace wserve;
using base::Severity;
using server::LogRelay;

namespace {

struct Fixture {
  LogRelay relay;
  std::vector<std::string> lines;
  std::vector<Severity> severities;

  Fixture() {
    relay.set_receiver([this](Severity severity, const char* line) {
      lines.emplace_back(line);
      severities.push_back(severity);
    });
  }
};

void test_log_relay__a_text_of_several_lines_is_several_lines(void**) {
  Fixture f;
  f.relay.write(Severity::kError, "boom (Error)\n  at a.rb:1\n\n  at b.rb:2");
  assert_int_equal(f.lines.size(), 4);
  assert_text_equal(f.lines[0], "boom (Error)");
  assert_text_equal(f.lines[1], "    at a.rb:1");
  assert_text_equal(f.lines[2], "  ");
  assert_text_equal(f.lines[3], "    at b.rb:2");
  for (const Severity severity : f.severities) {
    assert_true(severity == Severity::kError);
  }
}

// What came through a pipe whose other end the relay writes to.
std::string written_to_pipe(bool is_journal) {
  int ends[2];
  assert_int_equal(pipe(ends), 0);
  struct stat file {};
  assert_int_equal(fstat(ends[1], &file), 0);
  const std::string stream = base::concat(file.st_dev, ':', file.st_ino + (is_journal ? 0U : 1U));
  setenv("JOURNAL_STREAM", stream.c_str(), 1);
  LogRelay relay;
  assert_true(relay.set_descriptor(ends[1]).is_ok());
  unsetenv("JOURNAL_STREAM");
  relay.set_level("debug");
  relay.write(Severity::kDebug, "a");
  relay.write(Severity::kInfo, "b");
  relay.write(Severity::kWarning, "c");
  relay.write(Severity::kError, "d\ne");
  close(ends[1]);
  char text[512];
  const ssize_t size = read(ends[0], text, sizeof text);
  close(ends[0]);
  return {text, static_cast<std::size_t>(size)};
}

void test_log_relay__the_journal_gets_levels(void**) {
  assert_text_equal(written_to_pipe(true),
                    "<7>wserve: debug: a\n<6>wserve: info: b\n<4>wserve: warning: c\n"
                    "<3>wserve: error: d\n<3>wserve: error:   e\n");
  assert_text_equal(written_to_pipe(false),
                    "wserve: debug: a\nwserve: info: b\nwserve: warning: c\n"
                    "wserve: error: d\nwserve: error:   e\n");
}

// A line of the server's own never begins with a blank: what follows a line end cannot be taken
// for one.
void test_log_relay__no_text_begins_a_line_of_its_own(void**) {
  Fixture f;
  f.relay.write(Severity::kWarning, "bad value\nserving on http://evil\r\nready\rgo\x1b[2J");
  assert_int_equal(f.lines.size(), 3);
  assert_text_equal(f.lines[1], "  serving on http://evil\\r");
  assert_text_equal(f.lines[2], "  ready\\rgo\\x1b[2J");
}

void test_log_relay__a_line_end_at_the_end_adds_nothing(void**) {
  Fixture f;
  f.relay.write(Severity::kWarning, "one\n");
  f.relay.write(Severity::kWarning, "");
  assert_int_equal(f.lines.size(), 2);
  assert_text_equal(f.lines[0], "one");
  assert_text_equal(f.lines[1], "");
}

void test_log_relay__a_level_keeps_all_lines_of_a_text(void**) {
  Fixture f;
  f.relay.set_level("error");
  f.relay.write(Severity::kWarning, "a\nb");
  f.relay.write(Severity::kError, "c\nd");
  assert_int_equal(f.lines.size(), 2);
  assert_text_equal(f.lines[1], "  d");
  f.relay.silence();
  f.relay.write(Severity::kError, "e");
  assert_int_equal(f.lines.size(), 2);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_log_relay__a_text_of_several_lines_is_several_lines),
      cmocka_unit_test(test_log_relay__the_journal_gets_levels),
      cmocka_unit_test(test_log_relay__no_text_begins_a_line_of_its_own),
      cmocka_unit_test(test_log_relay__a_line_end_at_the_end_adds_nothing),
      cmocka_unit_test(test_log_relay__a_level_keeps_all_lines_of_a_text),
  };
  return cmocka_run_group_tests_name("log_relay", tests, nullptr, nullptr);
}
