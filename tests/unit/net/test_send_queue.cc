// net/send_queue: bytes and files in their order, through a socket that takes little at a time.
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <string>

#include "base/temporary_file.h"
#include "net/connection/send_queue.h"
#include "support/cmocka.h"
#include "support/text_asserts.h"

using namespace wserve;
using net::SendQueue;
using net::Sent;

namespace {

struct Fixture {
  base::Storage storage;
  SendQueue::Limits limits{.storage = &storage};
  net::Transport ours{base::UniqueFd()};
  base::UniqueFd theirs;

  Fixture() {
    int pair[2];
    assert_int_equal(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
    ours = net::Transport(base::UniqueFd(pair[0]));
    theirs.reset(pair[1]);
    const int small = 4096;
    ::setsockopt(ours.fd(), SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
  }
  std::string receive() {
    std::string got;
    char piece[4096];
    ssize_t n = 0;
    while ((n = ::recv(theirs.get(), piece, sizeof piece, 0)) > 0) {
      got.append(piece, static_cast<std::size_t>(n));
    }
    return got;
  }
  std::string send_all(SendQueue& queue) {
    std::string got;
    std::uint64_t taken = 0;
    Sent sent = Sent::kBlocked;
    while (sent == Sent::kBlocked) {
      sent = queue.send_to(ours, taken);
      got += receive();
    }
    assert_int_equal(static_cast<int>(sent), static_cast<int>(Sent::kAll));
    return got + receive();
  }
};

base::UniqueFd file_with(std::string_view content) {
  static base::TemporaryFiles files;
  base::TemporaryFile file;
  assert_true(files.open("", file).is_ok());
  assert_int_equal(::pwrite(file.fd.get(), content.data(), content.size(), 0), content.size());
  return std::move(file.fd);
}

std::string pattern(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) {
    text[i] = static_cast<char>('a' + i * 7 % 26);
  }
  return text;
}

void test_send_queue__keeps_the_order_of_bytes_and_files(void**) {
  Fixture f;
  SendQueue queue(f.limits);
  const std::string big = pattern(300'000);
  assert_true(queue.add("one").is_ok());
  assert_true(queue.add_file({file_with("xxfileyy"), 2, 4, "/"}).is_ok());
  assert_true(queue.add(big).is_ok());
  assert_true(queue.add("end").is_ok());
  assert_int_equal(queue.waiting_bytes(), 3 + 4 + big.size() + 3);
  assert_int_equal(queue.copied_bytes(), 3 + big.size() + 3);
  assert_text_equal(f.send_all(queue), "onefile" + big + "end");
  assert_true(queue.is_empty());
  assert_int_equal(queue.waiting_bytes(), 0);
}

void test_send_queue__moves_to_a_file_above_the_limit(void**) {
  Fixture f;
  f.limits.overflow = 1000;
  SendQueue queue(f.limits);
  std::string expected;
  for (int i = 0; i < 50; ++i) {
    const std::string piece = pattern(static_cast<std::size_t>(i) * 13);
    assert_true(queue.add(piece).is_ok());
    expected += piece;
  }
  assert_int_equal(queue.copied_bytes(), expected.size());
  assert_text_equal(f.send_all(queue), expected);
  assert_true(queue.add("again").is_ok());
  assert_text_equal(f.send_all(queue), "again");
}

void test_send_queue__moves_to_a_file_when_the_memory_of_all_is_used_up(void**) {
  Fixture f;
  f.storage.memory.set_limit(base::BudgetShare::kBlock);
  base::BudgetShare other;
  assert_true(other.cover(f.storage.memory, 2 * base::BudgetShare::kBlock));
  SendQueue queue(f.limits);
  const std::string small = pattern(1000);
  const std::string large = pattern(100'000);
  assert_true(queue.add(small).is_ok());
  assert_int_equal(f.storage.files.used(), 0);
  assert_true(queue.add(large).is_ok());
  assert_true(f.storage.files.used() > 0);
  assert_text_equal(f.send_all(queue), small + large);
  assert_int_equal(f.storage.files.used(), 0);
}

// Bytes of an endless text: which, depends on their place.
std::string text_at(std::uint64_t place, std::uint64_t size) {
  std::string text(size, '\0');
  for (char& c : text) {
    c = static_cast<char>('a' + (place + place / 1000) % 26);
    ++place;
  }
  return text;
}

// An application that is always ahead of its client: as much is added as was taken, and so much
// always waits. Returns the most that was in files.
std::uint64_t keep_busy(Fixture& f, SendQueue& queue, std::uint64_t waiting, std::uint64_t total) {
  std::uint64_t most = 0;
  std::uint64_t taken = 0;
  std::uint64_t received = 0;
  assert_true(queue.add(text_at(0, waiting)).is_ok());
  for (std::uint64_t sent = 0; sent < total; sent += taken) {
    taken = 0;
    assert_int_equal(static_cast<int>(queue.send_to(f.ours, taken)),
                     static_cast<int>(Sent::kBlocked));
    assert_true(queue.add(text_at(waiting + sent, taken)).is_ok());
    most = std::max(most, f.storage.files.used());
    const std::string got = f.receive();
    assert_text_equal(got, text_at(received, got.size()));
    received += got.size();
  }
  return most;
}

void test_send_queue__a_file_is_no_longer_than_what_waits_makes_it(void**) {
  constexpr std::uint64_t kMiB = 1024 * 1024;
  for (const std::size_t overflow : {0UL, 1000UL, 500'000UL}) {
    Fixture f;
    f.limits.overflow = overflow;
    SendQueue queue(f.limits);
    assert_in_range(keep_busy(f, queue, 2 * kMiB, 64 * kMiB), 2 * kMiB, 12 * kMiB);
    assert_int_equal(queue.copied_bytes(), 2 * kMiB);
    queue.clear();
    assert_int_equal(f.storage.files.used(), 0);
  }
}

void test_send_queue__a_second_file_that_is_not_to_be_had_is_done_without(void**) {
  constexpr std::uint64_t kMiB = 1024 * 1024;
  Fixture f;
  f.limits.overflow = 0;
  SendQueue queue(f.limits);
  const std::string text = text_at(0, 5 * kMiB);
  assert_true(queue.add(text).is_ok());
  f.storage.folder = "/nonexistent";
  assert_true(queue.add(text).is_ok());
  assert_text_equal(f.send_all(queue), text + text);
}

// Sanitizers tell nothing.
std::size_t allocated() {
  const struct mallinfo2 facts = ::mallinfo2();
  return facts.uordblks + facts.hblkhd;
}

void test_send_queue__what_is_done_takes_no_memory(void**) {
  Fixture f;
  SendQueue queue(f.limits);
  const base::UniqueFd file = file_with(pattern(1000));
  std::size_t before = 0;
  std::uint64_t taken = 0;
  for (std::uint64_t added = 0; added < 20'000'000; added += 1000) {
    assert_true(queue.add_file({base::UniqueFd(::dup(file.get())), 0, 1000, "/"}).is_ok());
    if (added > 100'000 + taken) {  // so much always waits
      assert_int_equal(static_cast<int>(queue.send_to(f.ours, taken)),
                       static_cast<int>(Sent::kBlocked));
      f.receive();
      before = before == 0 ? allocated() : before;
    }
  }
  assert_in_range(allocated(), 0, before + 50'000);
}

void test_send_queue__says_when_the_disk_refuses(void**) {
  Fixture f;
  f.limits.overflow = 0;
  f.storage.folder = "/nonexistent";
  SendQueue queue(f.limits);
  assert_int_equal(static_cast<int>(queue.add("x").code()), static_cast<int>(base::Code::kSystem));
}

void test_send_queue__a_file_that_shrank_breaks_the_answer(void**) {
  Fixture f;
  SendQueue queue(f.limits);
  assert_true(queue.add_file({file_with("short"), 0, 100, "/path"}).is_ok());
  std::uint64_t taken = 0;
  assert_int_equal(static_cast<int>(queue.send_to(f.ours, taken)), static_cast<int>(Sent::kBroken));
  queue.clear();
  const auto fault = queue.take_file_fault();
  assert_true(fault.has_value());
  assert_text_equal(fault->answered_path, "/path");
  assert_int_equal(fault->offset, 5);
  assert_int_equal(fault->left, 95);
  assert_int_equal(fault->error, 0);
  assert_false(queue.has_file_fault());
}

void test_send_queue__a_file_that_cannot_be_read_is_its_own_fault(void**) {
  Fixture f;
  SendQueue queue(f.limits);
  assert_true(queue.add_file({base::UniqueFd(::open("/", O_RDONLY)), 0, 1, "/path"}).is_ok());
  std::uint64_t taken = 0;
  assert_int_equal(static_cast<int>(queue.send_to(f.ours, taken)), static_cast<int>(Sent::kBroken));
  assert_int_equal(queue.take_file_fault()->error, EISDIR);
}

void test_send_queue__sizes_of_files_do_not_wrap(void**) {
  Fixture f;
  SendQueue queue(f.limits);
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
  const base::UniqueFd file = file_with("x");
  const auto add = [&](std::uint64_t size) {
    return queue.add_file({base::UniqueFd(::dup(file.get())), 0, size, "/"});
  };
  assert_true(add(kMax - 1).is_ok());
  assert_int_equal(static_cast<int>(add(2).code()), static_cast<int>(base::Code::kInvalid));
  assert_true(add(1).is_ok());
  assert_int_equal(queue.waiting_bytes(), kMax);
}

void test_send_queue__a_vanished_client_raises_no_signal(void**) {
  Fixture f;
  SendQueue queue(f.limits);
  f.theirs.reset();
  std::uint64_t taken = 0;
  assert_true(queue.add("x").is_ok());
  assert_int_equal(static_cast<int>(queue.send_to(f.ours, taken)), static_cast<int>(Sent::kBroken));
  SendQueue file_queue(f.limits);
  assert_true(file_queue.add_file({file_with("file"), 0, 4, "/"}).is_ok());
  assert_int_equal(static_cast<int>(file_queue.send_to(f.ours, taken)),
                   static_cast<int>(Sent::kBroken));
  sigset_t pending;
  ::sigpending(&pending);
  assert_int_equal(::sigismember(&pending, SIGPIPE), 0);
  assert_false(file_queue.has_file_fault());
}

void test_transport__sends_small_and_large_pieces(void**) {
  Fixture f;
  const base::ByteView small[] = {"a", "", "bc"};
  assert_int_equal(f.ours.send(small), 3);
  assert_text_equal(f.receive(), "abc");
  const std::string big = pattern(5000);
  const base::ByteView large[] = {"head", big, ""};
  const std::int64_t sent = f.ours.send(large);
  assert_true(sent > 0);
  assert_text_equal(f.receive(), ("head" + big).substr(0, static_cast<std::size_t>(sent)));
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_send_queue__keeps_the_order_of_bytes_and_files),
      cmocka_unit_test(test_send_queue__moves_to_a_file_above_the_limit),
      cmocka_unit_test(test_send_queue__moves_to_a_file_when_the_memory_of_all_is_used_up),
      cmocka_unit_test(test_send_queue__a_file_is_no_longer_than_what_waits_makes_it),
      cmocka_unit_test(test_send_queue__a_second_file_that_is_not_to_be_had_is_done_without),
      cmocka_unit_test(test_send_queue__what_is_done_takes_no_memory),
      cmocka_unit_test(test_send_queue__says_when_the_disk_refuses),
      cmocka_unit_test(test_send_queue__a_file_that_shrank_breaks_the_answer),
      cmocka_unit_test(test_send_queue__a_file_that_cannot_be_read_is_its_own_fault),
      cmocka_unit_test(test_send_queue__sizes_of_files_do_not_wrap),
      cmocka_unit_test(test_send_queue__a_vanished_client_raises_no_signal),
      cmocka_unit_test(test_transport__sends_small_and_large_pieces),
  };
  return cmocka_run_group_tests_name("net/send_queue", tests, nullptr, nullptr);
}
