// What a connection still takes from its client behind the last answer.
#include "support/loop_fixture.h"
#include "support/text_asserts.h"

using namespace wserve;
using base::Millis;
using tests::LoopClient;
using tests::LoopFixture;

namespace {

void test_lingering_close__ends_when_nothing_comes_any_more(void**) {
  LoopFixture f;
  f.open();
  LoopClient client = f.client("nonsense\r\n\r\n");
  assert_contains(client.receive(), " 400 ");
  for (int i = 0; i < 5; ++i) {
    f.pass(Millis(1'750));
    client.send("more nonsense");
    f.turn();
    assert_int_equal(f.connections(), 1);
  }
  f.pass(Millis(2'000));
  assert_int_equal(f.connections(), 0);
}

void test_lingering_close__does_not_last(void**) {
  LoopFixture f;
  f.open();
  LoopClient client = f.client("nonsense\r\n\r\n");
  assert_contains(client.receive(), " 400 ");
  int seconds = 0;
  for (; f.connections() == 1 && seconds < 100; ++seconds) {
    f.pass(Millis(1'000));
    client.send("more nonsense");
    f.turn();
  }
  assert_int_equal(seconds, 30);
}

// Many send all of a body before they look for an answer.
void test_lingering_close__takes_a_body_that_was_refused(void**) {
  LoopFixture f;
  f.service->limits.max_body_bytes = 1000;
  f.open();
  LoopClient client = f.client("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 50000000\r\n\r\n");
  const std::string piece(100'000, 'x');
  for (int i = 0; i < 500; ++i) {
    client.send(piece);
    f.turn();
  }
  assert_contains(client.receive(), " 413 ");
  client.receive();
  assert_true(client.has_ended);
  client.close();
  f.turn();
  assert_int_equal(f.connections(), 0);
}

void test_lingering_close__is_not_for_any_number_of_bytes(void**) {
  LoopFixture f;
  f.settings.linger_bytes = 256 * 1024;
  f.open();
  LoopClient client = f.client("nonsense\r\n\r\n");
  assert_contains(client.receive(), " 400 ");
  const std::string much(64 * 1024, 'x');
  for (int i = 0; i < 4; ++i) {
    client.send(much);
    f.turn();
  }
  assert_int_equal(f.connections(), 1);
  client.send("x");
  f.turn();
  assert_int_equal(f.connections(), 0);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_lingering_close__ends_when_nothing_comes_any_more),
      cmocka_unit_test(test_lingering_close__does_not_last),
      cmocka_unit_test(test_lingering_close__takes_a_body_that_was_refused),
      cmocka_unit_test(test_lingering_close__is_not_for_any_number_of_bytes),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
