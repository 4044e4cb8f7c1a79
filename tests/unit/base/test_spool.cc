// base/spool and base/arena: memory that moves to a file, and memory that is given back at once.
#include <fstream>
#include <string>

#include "base/arena.h"
#include "base/spool.h"
#include "support/cmocka.h"
#include "support/text_asserts.h"

using namespace wserve::base;

namespace {

Storage default_folder;
Storage missing_folder{.folder = "/nonexistent/folder", .memory = {}, .files = {}};

std::string read_all(const Spool& spool) {
  std::string all;
  char piece[7];
  std::size_t got = 0;
  while (spool.read_at(all.size(), piece, sizeof piece, got).is_ok() && got > 0) {
    all.append(piece, got);
  }
  return all;
}

void test_spool__stays_in_memory_below_the_limit(void**) {
  Spool spool;
  spool.configure(10, missing_folder);
  assert_true(spool.append("12345").is_ok());
  assert_true(spool.append("6789").is_ok());
  assert_false(spool.is_in_file());
  assert_text_equal(read_all(spool), "123456789");
}

void test_spool__moves_to_a_file_at_the_limit(void**) {
  Spool spool;
  spool.configure(10, default_folder);
  assert_true(spool.append("12345").is_ok());
  assert_true(spool.append("67890").is_ok());
  assert_true(spool.is_in_file());
  assert_true(spool.append("abc").is_ok());
  assert_int_equal(spool.size(), 13);
  assert_text_equal(read_all(spool), "1234567890abc");
}

void test_spool__what_is_to_end_in_a_file_goes_there_soon(void**) {
  const std::string large(20'000, 'x');
  Spool spool;
  spool.configure(100'000, default_folder);
  spool.expect(100'000);
  assert_true(spool.append("a client may promise a lot").is_ok());
  assert_false(spool.is_in_file());
  assert_true(spool.append(large).is_ok());
  assert_true(spool.is_in_file());
  assert_text_equal(read_all(spool), "a client may promise a lot" + large);
  spool.clear();
  assert_true(spool.append(large).is_ok());
  assert_false(spool.is_in_file());
}

void test_spool__takes_more_and_less_than_it_expects(void**) {
  const std::string large(30'000, 'x');
  Spool spool;
  spool.configure(1'000'000, missing_folder);
  for (const std::uint64_t expected : {10U, 20'000U, 999'999U}) {
    spool.expect(expected);
    assert_true(spool.append(large).is_ok());
    assert_true(spool.append("tail").is_ok());
    assert_text_equal(read_all(spool), large + "tail");
    spool.clear();
  }
}

void test_spool__keeps_its_content_when_the_disk_refuses(void**) {
  Spool spool;
  spool.configure(10, missing_folder);
  assert_true(spool.append("12345").is_ok());
  const Status status = spool.append("67890");
  assert_int_equal(static_cast<int>(status.code()), static_cast<int>(Code::kSystem));
  assert_contains(status.message(), "/nonexistent/folder");
  assert_text_equal(read_all(spool), "12345");
}

void test_spool__is_empty_after_clear(void**) {
  Spool spool;
  spool.configure(0, default_folder);
  assert_true(spool.append("12345").is_ok());
  spool.clear();
  assert_false(spool.is_in_file());
  assert_int_equal(spool.size(), 0);
  assert_text_equal(read_all(spool), "");
}

void test_spool__moves_to_a_file_when_the_memory_of_all_is_used_up(void**) {
  Storage storage;
  storage.memory.set_limit(BudgetShare::kBlock);
  const std::string large(2 * BudgetShare::kBlock, 'x');
  Spool first;
  Spool second;
  first.configure(1'000'000, storage);
  second.configure(1'000'000, storage);
  assert_true(first.append(large).is_ok());
  assert_false(first.is_in_file());
  assert_true(second.append(large).is_ok());
  assert_true(second.is_in_file());
  first.clear();
  second.clear();
  assert_true(second.append(large).is_ok());
  assert_false(second.is_in_file());
}

void test_spool__refuses_when_the_files_of_all_are_full(void**) {
  Storage storage;
  storage.files.set_limit(BudgetShare::kBlock);
  const std::string large(2 * BudgetShare::kBlock, 'x');
  Spool spool;
  spool.configure(0, storage);
  assert_true(spool.append(large).is_ok());
  assert_int_equal(static_cast<int>(spool.append("x").code()), static_cast<int>(Code::kSystem));
  assert_text_equal(read_all(spool), large);
  assert_int_equal(storage.files.used(), BudgetShare::kBlock);
  spool.clear();
  assert_int_equal(storage.files.used(), 0);
}

// System calls of this process that wrote something.
long count_writes() {
  std::ifstream counters("/proc/self/io");
  std::string name;
  long count = 0;
  while (counters >> name >> count && name != "syscw:") {
  }
  return count;
}

void test_spool_writer__puts_small_pieces_of_a_file_together(void**) {
  Spool spool;
  spool.configure(10, default_folder);
  assert_true(spool.append("in a file already: ").is_ok());
  const long before = count_writes();
  std::string all = "in a file already: ";
  {
    SpoolWriter writer(spool);
    for (int i = 0; i < 10'000; ++i) {
      const std::string piece = std::to_string(i) + (i == 5'000 ? std::string(20'000, 'x') : "");
      assert_true(writer.append(piece).is_ok());
      all += piece;
    }
    assert_true(writer.flush().is_ok());
    assert_true(writer.flush().is_ok());
  }
  assert_in_range(count_writes() - before, 1, 10);
  assert_text_equal(read_all(spool), all);
}

void test_spool_writer__keeps_nothing_back_from_memory(void**) {
  Spool spool;
  spool.configure(10, default_folder);
  SpoolWriter writer(spool);
  assert_true(writer.append("12345").is_ok());
  assert_text_equal(read_all(spool), "12345");
  assert_true(writer.append("67890").is_ok());
  assert_true(writer.append("abc").is_ok());
  assert_true(writer.flush().is_ok());
  assert_text_equal(read_all(spool), "1234567890abc");
}

void test_spool__leaves_the_reserve_alone(void**) {
  Storage storage;
  storage.reserve.set(std::uint64_t{1} << 62U);
  Spool spool;
  spool.configure(10, storage);
  assert_true(spool.append("12345").is_ok());
  const Status refused = spool.append("67890");
  assert_int_equal(static_cast<int>(refused.code()), static_cast<int>(Code::kSystem));
  assert_contains(refused.message(), "temporary_reserve");
  assert_text_equal(read_all(spool), "12345");
  storage.reserve.set(0);
  assert_true(spool.append("67890").is_ok());
  assert_true(spool.is_in_file());
}

void test_arena__copies_have_a_nul_and_stay_where_they_are(void**) {
  Arena arena;
  const ByteView first = arena.copy("first");
  const ByteView huge = arena.copy(std::string(100'000, 'x'));
  const ByteView last = arena.copy("last");
  assert_text_equal(first, "first");
  assert_int_equal(first.data()[5], '\0');
  assert_int_equal(huge.size(), 100'000);
  assert_int_equal(huge.data()[100'000], '\0');
  assert_text_equal(last, "last");
}

void test_arena__uses_its_first_block_again(void**) {
  Arena arena;
  const char* before = arena.copy("before").data();
  arena.reset();
  assert_ptr_equal(arena.copy("after").data(), before);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_spool__stays_in_memory_below_the_limit),
      cmocka_unit_test(test_spool__moves_to_a_file_at_the_limit),
      cmocka_unit_test(test_spool__what_is_to_end_in_a_file_goes_there_soon),
      cmocka_unit_test(test_spool__takes_more_and_less_than_it_expects),
      cmocka_unit_test(test_spool__keeps_its_content_when_the_disk_refuses),
      cmocka_unit_test(test_spool__is_empty_after_clear),
      cmocka_unit_test(test_spool__moves_to_a_file_when_the_memory_of_all_is_used_up),
      cmocka_unit_test(test_spool__refuses_when_the_files_of_all_are_full),
      cmocka_unit_test(test_spool_writer__puts_small_pieces_of_a_file_together),
      cmocka_unit_test(test_spool_writer__keeps_nothing_back_from_memory),
      cmocka_unit_test(test_spool__leaves_the_reserve_alone),
      cmocka_unit_test(test_arena__copies_have_a_nul_and_stay_where_they_are),
      cmocka_unit_test(test_arena__uses_its_first_block_again),
  };
  return cmocka_run_group_tests_name("base/spool", tests, nullptr, nullptr);
}
