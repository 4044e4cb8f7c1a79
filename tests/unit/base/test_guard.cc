// base/guard, base/status, base/ref_counted: the small tools that everything rests on.
#include <stdexcept>

#include "base/guard.h"
#include "base/ref_counted.h"
#include "base/text.h"
#include "base/unique_fd.h"
#include "support/cmocka.h"
#include "support/text_asserts.h"

using namespace wserve::base;

namespace {

int code_of(const Status& status) {
  return static_cast<int>(status.code());
}

void test_guard__turns_exceptions_into_statuses(void**) {
  assert_int_equal(code_of(guarded([]() -> Status { throw std::bad_alloc(); })),
                   static_cast<int>(Code::kNoMemory));
  const Status known = guarded([]() -> Status { throw std::runtime_error("broken"); });
  assert_int_equal(code_of(known), static_cast<int>(Code::kInternal));
  assert_text_equal(known.message(), "broken");
  assert_int_equal(code_of(guarded([]() -> Status { throw 7; })),
                   static_cast<int>(Code::kInternal));
  assert_true(guarded([]() -> Status { return {}; }).is_ok());
}

void test_status__words_system_failures(void**) {
  assert_text_equal(system_failure("listen", EACCES).message(), "listen: Permission denied");
  assert_text_equal(system_reason(-5), "error -5");
}

void test_text__joins_pieces(void**) {
  assert_text_equal(concat("threads must be ", 0, "..", 1024U, ' ', std::string("x")),
                    "threads must be 0..1024 x");
}

class Counted : public RefCounted<Counted> {
 public:
  explicit Counted(int& releases) : releases_(releases) {}
  void last_released() noexcept { ++releases_; }

 private:
  int& releases_;
};

void test_ref__releases_once_after_the_last_copy(void**) {
  int releases = 0;
  Counted object(releases);
  {
    Ref<Counted> first(&object);
    Ref<Counted> second = first;
    Ref<Counted> third = std::move(second);
    first = third;
    first.reset();
    assert_int_equal(releases, 0);
  }
  assert_int_equal(releases, 1);
}

void test_ref__adopts_what_was_detached(void**) {
  int releases = 0;
  Counted object(releases);
  Counted* raw = Ref<Counted>(&object).detach();
  assert_int_equal(releases, 0);
  Ref<Counted>::adopt(raw).reset();
  assert_int_equal(releases, 1);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_guard__turns_exceptions_into_statuses),
      cmocka_unit_test(test_status__words_system_failures),
      cmocka_unit_test(test_text__joins_pieces),
      cmocka_unit_test(test_ref__releases_once_after_the_last_copy),
      cmocka_unit_test(test_ref__adopts_what_was_detached),
  };
  return cmocka_run_group_tests_name("base/guard", tests, nullptr, nullptr);
}
