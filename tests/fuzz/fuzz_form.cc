// Texts that are read as parameters, cookies, a content type, conditions and choices: a byte says
// which, and any bytes follow.
#include <array>
#include <string>

#include "form/accept.h"
#include "form/conditions.h"
#include "form/pairs.h"
#include "form/part.h"
#include "form/percent.h"
#include "fuzz/fuzz.h"
#include "http/grammar.h"

using namespace wserve;
using namespace wserve::fuzz;
using base::Code;
using form::Pairs;

namespace {

void read_parameters(ByteView text) {
  Pairs pairs;
  form::Limits limits;
  limits.pairs = 50;
  limits.name = 30;
  const base::Status status = form::read_urlencoded(text, limits, pairs);
  EXPECT(status.is_ok() || status.code() == Code::kInvalid || status.code() == Code::kTooBig);
  EXPECT(pairs.size() <= limits.pairs);
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const auto pair = pairs.at(i);
    EXPECT(pair.name.size() <= limits.name && pair.name.find('\0') == ByteView::npos);
    EXPECT(pair.value.find('\0') == ByteView::npos && pairs.find(pair.name) != nullptr);
    bytes += pair.name.size() + pair.value.size();
  }
  EXPECT(bytes <= text.size());
  if (status.is_ok() && pairs.size() > 0) {
    EXPECT(http::has_whole_escapes(text));
  }
}

void read_cookies(ByteView text) {
  Pairs pairs;
  EXPECT(form::read_cookies(text, {}, pairs).is_ok() || text.size() > 2000);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    EXPECT(http::is_token(pairs.at(i).name));
    EXPECT(pairs.at(i).value.find(';') == ByteView::npos);
  }
}

void decode(ByteView text) {
  std::string to(text.size(), '\0');
  std::size_t size = 0;
  const base::Status status = form::percent_decode(text, {true, true}, to.data(), to.size(), size);
  EXPECT(status.is_ok() == http::has_whole_escapes(text));
  std::string same(text);
  std::size_t same_size = 0;
  EXPECT(form::percent_decode(same, {true, true}, same.data(), same.size(), same_size).code() ==
         status.code());
  EXPECT(!status.is_ok() || same.substr(0, same_size) == to.substr(0, size));
}

void read_type(ByteView text) {
  std::string boundary;
  const base::Status status = form::read_boundary(text, boundary);
  EXPECT(!status.is_ok() || (!boundary.empty() && boundary.size() <= 70));
  EXPECT(!status.is_ok() || boundary.find_first_of("\r\n\0\"\\;") == std::string::npos);
}

void choose(ByteView text) {
  constexpr std::array kOffers = {"text/html", "de-AT", "gzip", "identity", "a/b;c=d"};
  const std::string value(text);
  for (const form::Accept accept :
       {form::Accept::kType, form::Accept::kLanguage, form::Accept::kEncoding}) {
    const int chosen = form::choose(accept, value.c_str(), kOffers);
    EXPECT(chosen >= form::kNoOffer && chosen < static_cast<int>(kOffers.size()));
  }
}

void judge(ByteView key, ByteView text) {
  base::Arena arena;
  gateway::Environ environ;
  environ.restart(arena);
  environ.set("REQUEST_METHOD", "GET");
  environ.set(key, text);
  const form::Validators its = {
      .exists = true, .etag = "\"a\"", .modified = 784'111'777, .now = 784'111'777};
  const int outcome = form::check_conditions(environ, its);
  EXPECT(outcome == 0 || outcome == 304 || outcome == 412);
  form::Range part{0, 0};
  if (form::read_range(environ, its, 100, part) == form::RangeKind::kGiven) {
    EXPECT(part.first >= 0 && part.size > 0 && part.first + part.size <= 100);
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  constexpr std::array<ByteView, 5> kKeys = {"HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH",
                                             "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_RANGE",
                                             "HTTP_RANGE"};
  const unsigned kind = input.take_byte() % 10;
  switch (kind) {
    case 0:
      read_parameters(input.rest());
      break;
    case 1:
      read_cookies(input.rest());
      break;
    case 2:
      decode(input.rest());
      break;
    case 3:
      read_type(input.rest());
      break;
    case 4:
      choose(input.rest());
      break;
    default:
      judge(kKeys[kind - 5], input.rest());
  }
  return 0;
}
