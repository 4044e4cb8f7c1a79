// app/body_stream: the window between a loop that must not wait and a reader who may.
#include <string>

#include "app/body_stream.h"
#include "support/cmocka.h"

using namespace wserve;
using app::BodyStream;

namespace {

constexpr std::size_t kWindow = 10;

class CalledSink final : public app::ResponseSink {
 public:
  app::Status push(std::span<const base::ByteView> /*pieces*/, app::Then /*then*/) override {
    return {};
  }
  app::Status push_file(app::FilePart /*part*/) override { return {}; }
  [[nodiscard]] app::PeerState peer_state() const noexcept override {
    return app::PeerState::kPresent;
  }
  app::Status detach(base::UniqueFd& /*fd*/, std::string& /*ahead*/) override { return {}; }
  void notify_loop() noexcept override { ++calls; }
  void last_released() noexcept override { delete this; }

  int calls = 0;
};

struct Stream {
  base::Ref<CalledSink> sink{new CalledSink};
  base::Ref<BodyStream> stream{BodyStream::make(kWindow, base::Ref<app::ResponseSink>(sink.get()))};

  void append(std::size_t bytes) { assert_true(stream->append(std::string(bytes, 'x')).is_ok()); }
  void read(std::size_t bytes) {
    std::string buffer(bytes, '\0');
    std::size_t got = 0;
    assert_true(stream->read(buffer.data(), bytes, got, BodyStream::Wait(0)).is_ok());
    assert_int_equal(got, bytes);
  }
};

void test_body_stream__the_loop_is_called_when_half_of_it_is_read(void**) {
  Stream s;
  s.append(kWindow);
  assert_true(s.stream->is_full());
  s.read(4);
  assert_int_equal(s.sink->calls, 0);
  s.read(1);
  assert_int_equal(s.sink->calls, 1);
  s.read(1);
  assert_int_equal(s.sink->calls, 1);
}

void test_body_stream__a_loop_that_does_not_wait_is_not_called(void**) {
  Stream s;
  s.append(kWindow - 1);
  assert_false(s.stream->is_full());
  s.read(kWindow - 1);
  assert_int_equal(s.sink->calls, 0);
}

// The loop looks twice: whether to read, and what it waits for. A reader may come in between.
void test_body_stream__a_second_look_does_not_take_the_call_away(void**) {
  Stream s;
  s.append(kWindow);
  assert_true(s.stream->is_full());
  s.read(2);
  assert_false(s.stream->is_full());
  s.read(kWindow - 2);
  assert_int_equal(s.sink->calls, 1);
}

}  // namespace

int main() {
  const CMUnitTest tests[] = {
      cmocka_unit_test(test_body_stream__the_loop_is_called_when_half_of_it_is_read),
      cmocka_unit_test(test_body_stream__a_loop_that_does_not_wait_is_not_called),
      cmocka_unit_test(test_body_stream__a_second_look_does_not_take_the_call_away),
  };
  return cmocka_run_group_tests_name("app/body_stream", tests, nullptr, nullptr);
}
