// Parts of a body: limits, a size of pieces, and any bytes; whole and in pieces they are the same,
// and what was accepted is found by a reader that could not be simpler.
#include <algorithm>
#include <string>

#include "base/text.h"
#include "form/file_name.h"
#include "form/multipart.h"
#include "fuzz/fuzz.h"

using namespace wserve;
using namespace wserve::fuzz;
using base::Code;
using form::Multipart;

namespace {

class Body final : public Multipart::Source {
 public:
  Body(ByteView rest, std::size_t piece) : rest_(rest), piece_(piece) {}
  base::Status read(char* to, std::size_t capacity, std::size_t& got) override {
    EXPECT(capacity > 0);
    got = std::min({capacity, piece_, rest_.size()});
    std::copy_n(rest_.data(), got, to);
    rest_.remove_prefix(got);
    return {};
  }
  [[nodiscard]] bool is_used_up() const { return rest_.empty(); }

 private:
  ByteView rest_;
  const std::size_t piece_;
};

struct Result {
  Code code = Code::kOk;
  std::string parts;  // names and data
  std::vector<std::string> data;
};

void check_part(const form::Part& part, const form::Limits& limits) {
  EXPECT(part.name.size() <= limits.name);
  EXPECT(part.name.find('\0') == std::string::npos && part.name.find('\n') == std::string::npos);
  EXPECT(part.filename.find('\0') == std::string::npos);
  const std::string safe = form::safe_file_name(part.filename);
  EXPECT(!safe.empty() && safe != "." && safe != ".." && safe.size() <= form::kMaxNameBytes);
  EXPECT(safe.find('/') == std::string::npos && safe.front() != '.' && safe.front() != '-');
}

Result read(ByteView input, std::size_t piece, std::size_t buffer_size,
            const form::Limits& limits) {
  Body body(input, piece);
  Multipart parts(body, "b", limits);
  std::string buffer(buffer_size, '\0');
  Result result;
  base::Status status;
  while ((status = parts.next()).is_ok()) {
    check_part(*parts.part(), limits);
    std::string data;
    std::size_t got = 0;
    while ((status = parts.read(buffer.data(), buffer.size(), got)).is_ok() && got > 0) {
      data.append(buffer, 0, got);
    }
    if (!status.is_ok()) {
      break;
    }
    result.parts += base::concat(parts.part()->name, '\0', data, '\0');
    result.data.push_back(data);
  }
  EXPECT(result.data.size() <= limits.parts);
  EXPECT(status.code() != Code::kUnknown || body.is_used_up());
  EXPECT(status.code() == Code::kUnknown || status.code() == Code::kInvalid ||
         status.code() == Code::kTooBig);
  result.code = status.code();
  return result;
}

// Boundaries found by a search for each.
void check_plainly(ByteView input, const Result& result) {
  const std::string text = base::concat("\r\n", input);
  std::size_t at = text.find("\r\n--b");
  for (const std::string& data : result.data) {
    EXPECT(at != std::string::npos);
    const std::size_t head_end = text.find("\r\n\r\n", at + 5);
    const std::size_t next = text.find("\r\n--b", head_end + 2);
    EXPECT(head_end != std::string::npos && next != std::string::npos);
    const std::size_t begin = std::min(head_end + 4, next);
    EXPECT(text.substr(begin, next - begin) == data);
    at = next;
  }
  EXPECT(text.compare(at, 7, "\r\n--b--") == 0);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  form::Limits limits;
  limits.parts = input.take_byte() % 8;
  limits.part_head = input.take_byte();
  limits.name = 16;
  const std::size_t piece = 1 + input.take_byte() % 16;
  const ByteView body = input.rest();
  const Result whole = read(body, body.size() + 1, 4096, limits);
  const Result pieces = read(body, piece, 1 + piece % 5, limits);
  EXPECT(whole.code == pieces.code && whole.parts == pieces.parts);
  if (whole.code == Code::kUnknown) {
    check_plainly(body, whole);
  }
  return 0;
}
