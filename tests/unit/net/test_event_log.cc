// net/event_log: what libevent says goes to the log of the server at work.
#include "net/events/event.h"
#include "net/events/event_log.h"
#include "support/capturing_log.h"
#include "support/cmocka.h"
#include "support/text_asserts.h"

using namespace wserve;

namespace {

// libevent warns of an event that cannot be watched: there is no such descriptor.
void provoke_warning() {
  const net::EventBase base(event_base_new());
  const net::Event watched(event_new(
      base.get(), 9999, EV_READ, [](int, short, void*) {}, nullptr));
  assert_int_equal(event_add(watched.get(), nullptr), -1);
}

void test_event_log__takes_the_lines_of_its_thread(void**) {
  tests::CapturingLog first;
  tests::CapturingLog second;
  {
    const net::EventLog outer(first);
    {
      const net::EventLog inner(second);
      provoke_warning();
    }
    assert_int_equal(first.lines.size(), 0);
    provoke_warning();
  }
  assert_int_equal(second.lines.size(), 1);
  assert_contains(second.lines[0], "libevent: Epoll ADD");
  assert_true(second.last_severity == base::Severity::kWarning);
  assert_int_equal(first.lines.size(), 1);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_event_log__takes_the_lines_of_its_thread),
  };
  return cmocka_run_group_tests_name("net/event_log", tests, nullptr, nullptr);
}
