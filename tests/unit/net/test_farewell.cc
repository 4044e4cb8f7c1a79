// What a connection still takes from its client behind the last answer.
#include "support/loop_fixture.h"
#include "support/text_asserts.h"

using namespace wserve;
using base::Millis;
using tests::LoopClient;
using tests::LoopFixture;

namespace {

void test_farewell__does_not_last(void**) {
  LoopFixture f;
  f.open();
  LoopClient client = f.client("nonsense\r\n\r\n");
  assert_contains(client.receive(), " 400 ");
  f.pass(Millis(1'000));
  client.send("more nonsense");
  f.pass(Millis(999));
  assert_int_equal(f.connections(), 1);
  client.send("more nonsense");
  f.pass(Millis(250));
  assert_int_equal(f.connections(), 0);
}

void test_farewell__is_not_for_any_number_of_bytes(void**) {
  LoopFixture f;
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
      cmocka_unit_test(test_farewell__does_not_last),
      cmocka_unit_test(test_farewell__is_not_for_any_number_of_bytes),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
