// base/temporary_file, and how spools share the spare ones.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "base/spool.h"
#include "base/temporary_file.h"
#include "support/cmocka.h"
#include "support/text_asserts.h"

using namespace wserve::base;

namespace {

ino_t inode_of(int fd) {
  struct stat facts {};
  assert_int_equal(::fstat(fd, &facts), 0);
  return facts.st_ino;
}

TemporaryFile open_one(TemporaryFiles& files) {
  TemporaryFile file;
  assert_true(files.open("", file).is_ok());
  return file;
}

std::string read_all(const Spool& spool) {
  std::string all(spool.size() + 10, '\0');
  std::size_t got = 0;
  assert_true(spool.read_at(0, all.data(), all.size(), got).is_ok());
  all.resize(got);
  return all;
}

// Puts `content` into a new spool's file and leaves it; the file's inode.
ino_t spool_once(Storage& storage, const std::string& content, Spool::Use use = Spool::Use::kRead) {
  Spool spool;
  spool.configure(0, storage, use);
  assert_true(spool.append(content).is_ok());
  assert_true(spool.is_in_file());
  assert_text_equal(read_all(spool), content);
  const ino_t inode = inode_of(spool.file());
  spool.clear();
  return inode;
}

void test_temporary_file__has_no_name(void**) {
  TemporaryFiles files;
  const TemporaryFile file = open_one(files);
  struct stat facts {};
  assert_int_equal(::fstat(file.fd.get(), &facts), 0);
  assert_int_equal(facts.st_nlink, 0);
  assert_int_equal(facts.st_mode & 0777, 0600);
  assert_true((::fcntl(file.fd.get(), F_GETFD) & FD_CLOEXEC) != 0);
}

void test_temporary_file__keeps_four_that_are_small(void**) {
  TemporaryFiles files;
  assert_false(files.drop_spare());
  std::vector<TemporaryFile> open;
  for (std::size_t i = 0; i < TemporaryFiles::kMaxSpare + 2; ++i) {
    open.push_back(open_one(files));
  }
  const int first = open.front().fd.get();
  const int last = open.back().fd.get();
  for (TemporaryFile& file : open) {
    files.give_back(std::move(file), TemporaryFiles::kMaxSpareBytes);
  }
  assert_int_not_equal(::fcntl(first, F_GETFD), -1);
  assert_int_equal(::fcntl(last, F_GETFD), -1);
  TemporaryFile spare = open_one(files);
  assert_true(spare.fd.get() <= last);
  assert_true(files.drop_spare());
  assert_false(files.drop_spare());
  assert_int_equal(::fcntl(first, F_GETFD), -1);

  const int large = spare.fd.get();
  files.give_back(std::move(spare), TemporaryFiles::kMaxSpareBytes + 1);
  assert_int_equal(::fcntl(large, F_GETFD), -1);
  assert_false(files.drop_spare());
}

// Parent and child would write over each other's content.
void test_temporary_file__belongs_to_one_process(void**) {
  TemporaryFiles files;
  TemporaryFile in_use = open_one(files);
  const ino_t spare = [&] {
    TemporaryFile file = open_one(files);
    const ino_t inode = inode_of(file.fd.get());
    files.give_back(std::move(file), 1);
    return inode;
  }();
  const ino_t used = inode_of(in_use.fd.get());
  const pid_t child = ::fork();
  if (child == 0) {
    files.give_back(std::move(in_use), 1);
    const ino_t first = inode_of(open_one(files).fd.get());
    const ino_t second = inode_of(open_one(files).fd.get());
    const bool is_shared = first == spare || first == used || second == spare || second == used;
    ::_exit(is_shared ? 1 : 0);
  }
  int status = -1;
  assert_int_equal(::waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
  assert_int_equal(inode_of(open_one(files).fd.get()), spare);
}

void test_temporary_file__spools_write_over_each_other_s_content(void**) {
  Storage storage;
  const ino_t inode = spool_once(storage, "a long content that was here before");
  assert_int_equal(spool_once(storage, "short"), inode);
  assert_int_equal(spool_once(storage, "another long content, longer than the first"), inode);
  assert_true(storage.temporary.drop_spare());
}

void test_temporary_file__what_is_sent_is_not_written_over(void**) {
  Storage storage;
  static_cast<void>(spool_once(storage, "sent", Spool::Use::kSent));
  assert_false(storage.temporary.drop_spare());
}

void test_temporary_file__nothing_is_kept_where_files_are_limited(void**) {
  Storage storage;
  storage.files.set_limit(1'000'000);
  static_cast<void>(spool_once(storage, "counted"));
  assert_false(storage.temporary.drop_spare());
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_temporary_file__has_no_name),
      cmocka_unit_test(test_temporary_file__keeps_four_that_are_small),
      cmocka_unit_test(test_temporary_file__belongs_to_one_process),
      cmocka_unit_test(test_temporary_file__spools_write_over_each_other_s_content),
      cmocka_unit_test(test_temporary_file__what_is_sent_is_not_written_over),
      cmocka_unit_test(test_temporary_file__nothing_is_kept_where_files_are_limited),
  };
  return cmocka_run_group_tests_name("base/temporary_file", tests, nullptr, nullptr);
}
