// Request targets: a method, a line end, and any bytes.
#include "fuzz/fuzz.h"
#include "http/target.h"

using namespace wserve;
using namespace wserve::fuzz;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  const ByteView method = input.take_text('\n');
  base::Arena arena;
  // The caller puts a NUL behind the text.
  const ByteView text = arena.copy(input.rest());
  http::Target target;
  if (http::parse_target(method, text, arena, target)) {
    return 0;
  }
  EXPECT(target.path == "*" || target.path.starts_with('/'));
  EXPECT(!target.path.starts_with("//"));
  EXPECT(target.path.size() <= text.size());
  EXPECT(target.path.find('\0') == ByteView::npos);
  EXPECT(target.path.data()[target.path.size()] == '\0');
  EXPECT(target.query.data()[target.query.size()] == '\0');
  EXPECT(target.query.find('#') == ByteView::npos);
  EXPECT(text.ends_with(target.query));
  EXPECT(target.authority.empty() || http::is_authority(target.authority));
  EXPECT(target.authority.find('@') == ByteView::npos);
  return 0;
}
