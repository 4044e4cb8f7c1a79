// Runs the wire cases of all files once more, in memory: split at every byte, where run_cases with
// its sockets takes samples of the long ones, and byte by byte.
#include <algorithm>
#include <iostream>
#include <set>
#include <string>
#include <vector>

#include "base/text.h"
#include "fuzz/memory_connection.h"
#include "server/make_service.h"
#include "server/options.h"
#include "support/cmocka.h"
#include "wire/case_file.h"

using namespace wserve;
using tests::WireCase;

namespace {

// A request of more bytes is split everywhere at both ends, around so many of its line ends on
// either side and where a read of the default size would end; and at every so many bytes.
constexpr std::size_t kShort = 6'000;
constexpr std::size_t kEnds = 1'024;
constexpr std::size_t kAround = 3;
constexpr std::size_t kLineEnds = 60;
constexpr std::size_t kReadSize = 8'192;
constexpr std::size_t kStride = 997;

class NoLog final : public base::Log {
 public:
  [[nodiscard]] bool wants(base::Severity /*severity*/) const noexcept override { return false; }
  void write(base::Severity /*severity*/, std::string_view /*line*/) noexcept override {}
};

// Says what it was asked, and remembers it.
class Echo final : public app::Application {
 public:
  base::Status handle(app::Exchange& exchange) override {
    std::string body(static_cast<std::size_t>(exchange.body_size()), '\0');
    std::size_t got = 0;
    assert_true(exchange.read(body.data(), body.size(), got).is_ok() && got == body.size());
    const http::Request& request = exchange.request();
    requests.push_back(base::concat(request.method, ' ', request.uri.path, ' ', body));
    return exchange.reply(200, "text/plain", requests.back());
  }

  std::vector<std::string> requests;
};

// All that can be seen of a connection.
struct Outcome {
  std::vector<std::string> requests;
  std::string answers;  // without the refusal
  std::string refusal;  // its status: in whose version it is said depends on what has come
  bool is_closed = false;

  bool operator==(const Outcome&) const = default;
};

// Sends the pieces between these places.
Outcome send_pieces(const std::shared_ptr<const app::Service>& service, const std::string& bytes,
                    const std::vector<std::size_t>& splits) {
  Echo echo;
  fuzz::MemoryConnection connection(service, echo);
  std::size_t at = 0;
  for (const std::size_t split : splits) {
    connection.feed(base::ByteView(bytes).substr(at, split - at));
    at = split;
  }
  connection.feed(base::ByteView(bytes).substr(at));
  const std::string& output = connection.output();
  const std::size_t refusal_at = output.size() - connection.refusal_size();
  const std::string refusal = output.substr(refusal_at);
  return {std::move(echo.requests), output.substr(0, refusal_at),
          refusal.empty() ? refusal : refusal.substr(9, 3), connection.is_closed()};
}

// Where there is a CR or an LF: the first of them and the last.
std::vector<std::size_t> line_ends(const std::string& bytes) {
  std::vector<std::size_t> all;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] == '\r' || bytes[i] == '\n') {
      all.push_back(i);
    }
  }
  if (all.size() > 2 * kLineEnds) {
    all.erase(all.begin() + kLineEnds, all.end() - kLineEnds);
  }
  return all;
}

std::vector<std::size_t> places_to_split(const std::string& bytes) {
  std::set<std::size_t> places;
  const std::size_t size = bytes.size();
  for (std::size_t i = 1; i < size; ++i) {
    const bool is_at_end = i <= kEnds || size - i <= kEnds;
    const bool is_at_read_end = (i + kAround) % kReadSize <= 2 * kAround;
    if (size <= kShort || is_at_end || is_at_read_end || i % kStride == 0) {
      places.insert(i);
    }
  }
  for (const std::size_t at : line_ends(bytes)) {
    const std::size_t first = at > kAround ? at - kAround : 1;
    for (std::size_t i = first; i <= at + kAround && i < size; ++i) {
      places.insert(i);
    }
  }
  return {places.begin(), places.end()};
}

std::shared_ptr<const app::Service> service_for(const WireCase& one) {
  server::Options options;
  for (const auto& [name, value] : one.options) {
    assert_true(options.set(name, value).is_ok());
  }
  return server::make_service(options.settings(), 1, std::make_shared<NoLog>());
}

// The number of answers, and whether the last is a refusal with the status that is expected.
void expect_right(const WireCase& one, const Outcome& outcome) {
  const std::size_t refusals = outcome.refusal.empty() ? 0 : 1;
  assert_int_equal(outcome.requests.size() + refusals, one.answers.size());
  assert_int_equal(outcome.is_closed, one.ending == tests::Ending::kClose);
  if (refusals == 1) {
    assert_string_equal(outcome.refusal.c_str(), std::to_string(one.answers.back().status).c_str());
  }
}

void run_case(void** state) {
  const WireCase& one = *static_cast<const WireCase*>(*state);
  const auto service = service_for(one);
  const Outcome whole = send_pieces(service, one.request, {});
  expect_right(one, whole);
  std::vector<std::size_t> everywhere;
  for (std::size_t i = 1; i < one.request.size(); ++i) {
    everywhere.push_back(i);
  }
  assert_true(send_pieces(service, one.request, everywhere) == whole);
  for (const std::size_t split : places_to_split(one.request)) {
    if (send_pieces(service, one.request, {split}) != whole) {
      print_error("split at %zu it is read otherwise\n", split);
      fail();
    }
  }
}

// What the loop does on its own account is not in memory.
bool is_for_the_parser(const WireCase& one) {
  const bool is_for_the_loop =
      std::any_of(one.options.begin(), one.options.end(), [](const auto& option) {
        return option.first == "?proxy" || option.first == "request_limit";
      });
  return !is_for_the_loop && one.afterwards == tests::Afterwards::kNothing;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<WireCase> cases;
  for (int i = 1; i < argc; ++i) {
    for (const WireCase& one : tests::read_case_file(argv[i])) {
      if (is_for_the_parser(one)) {
        cases.push_back(one);
      }
    }
  }
  std::vector<CMUnitTest> runs;
  for (WireCase& one : cases) {
    runs.push_back({one.name.c_str(), run_case, nullptr, nullptr, &one});
  }
  // The macro wants an array; this is what it expands to.
  return _cmocka_run_group_tests("splits", runs.data(), runs.size(), nullptr, nullptr);
}
