// Option values: the number of an option and its value up to a NUL, again and again; what they say
// about where to listen is read to its end.
#include "fuzz/fuzz.h"
#include "net/listen/listen_spec.h"
#include "server/make_service.h"
#include "server/options.h"

using namespace wserve;
using namespace wserve::fuzz;

namespace {

// A failure says why, in one line.
void expect_clear(const base::Status& status) {
  const ByteView text = status.message();
  EXPECT(status.is_ok() || !text.empty());
  EXPECT(text.find('\n') == ByteView::npos && text.find('\r') == ByteView::npos);
}

void set(server::Options& options, const server::Option& option, ByteView value) {
  const std::string before = options.get(option.name);
  const base::Status status = options.set(option.name, value);
  expect_clear(status);
  EXPECT(status.is_ok() || status.message().find(option.name) != std::string::npos);
  EXPECT(options.get(option.name) == (status.is_ok() ? std::string(value) : before));
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  const auto table = server::option_table();
  server::Options options;
  while (!input.is_empty()) {
    const server::Option& option = table[input.take_byte() % table.size()];
    set(options, option, input.take_text('\0'));
  }
  expect_clear(options.check());
  std::vector<net::ListenSpec> specs;
  const bool by_host = options.is_set("host") || options.is_set("port");
  expect_clear(server::make_listen_specs(options.settings(), by_host, specs));
  return 0;
}
