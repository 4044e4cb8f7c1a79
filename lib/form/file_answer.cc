// Describes a file, and sends what of it is asked for.
#include "form/file_answer.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <string>

#include "base/sendable_file.h"
#include "base/text.h"
#include "form/conditions.h"
#include "http/grammar.h"
#include "http/http_date.h"

namespace wserve::form {

using app::Exchange;
using base::ByteView;
using base::Code;
using base::Status;

namespace {

// A file of this moment, and the texts that describe it.
struct Described {
  std::int64_t size = 0;
  std::string etag;
  std::string last_modified;  // empty when there is no date for that time
  std::string date;
  Validators its;
};

std::string date_text(std::int64_t seconds) {
  http::HttpDate::Text text{};
  return http::write_http_date(seconds, text) ? std::string(text.data(), text.size())
                                              : std::string();
}

// The tag is made of what every copy of the file has: time and size, no inode.
std::string make_tag(const struct stat& file) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "\"%llx-%llx-%llx\"",
                static_cast<unsigned long long>(file.st_mtim.tv_sec),
                static_cast<unsigned long long>(file.st_mtim.tv_nsec),
                static_cast<unsigned long long>(file.st_size));
  return text.data();
}

// A time that has not come yet is that of the answer (RFC 9110 §8.8.2.1); what is beyond every date
// is "in the future" of no clock that can be trusted. The application may have said better.
void describe(Exchange& exchange, const struct stat& file, Described& described) {
  const std::int64_t modified = file.st_mtim.tv_sec;
  Validators& its = described.its;
  its.now = std::time(nullptr);
  described.size = file.st_size;
  described.date = date_text(its.now);
  described.etag = exchange.response().find_field("ETag").value_or(make_tag(file));
  its.etag = described.etag;
  if (const auto own = exchange.response().find_field("Last-Modified")) {
    described.last_modified = *own;
    its.modified = http::parse_http_date(*own, its.now);
  } else if (!date_text(modified).empty()) {
    its.modified = std::min(modified, its.now);
    described.last_modified = date_text(*its.modified);
  }
}

Status set_field(Exchange& exchange, ByteView name, const std::string& value) {
  return value.empty() ? Status() : exchange.response().set_field(name, value);
}

// Date is said here, and not left to the server: Last-Modified must not be later, and the request
// may have waited.
Status add_validators(Exchange& exchange, const Described& described) {
  Status status = set_field(exchange, "ETag", described.etag);
  status = status.is_ok() ? set_field(exchange, "Last-Modified", described.last_modified) : status;
  status = status.is_ok() ? set_field(exchange, "Date", described.date) : status;
  return status.is_ok() ? set_field(exchange, "Accept-Ranges", "bytes") : status;
}

Status reply_text(Exchange& exchange, int status, ByteView text) {
  return exchange.reply(status, "text/plain; charset=utf-8", text);
}

struct File {
  int fd;
  ByteView type;
};

Status send_part(Exchange& exchange, const File& file, int status_code, const Range& part) {
  Status status = exchange.response().start(status_code, {});
  status = status.is_ok() ? set_field(exchange, "Content-Type", std::string(file.type)) : status;
  status = status.is_ok() ? set_field(exchange, "Content-Length", base::concat(part.size)) : status;
  status = status.is_ok() ? exchange.send_file(file.fd, static_cast<std::uint64_t>(part.first),
                                               static_cast<std::uint64_t>(part.size))
                          : status;
  return status.is_ok() ? exchange.end() : status;
}

Status send_ranged(Exchange& exchange, const File& file, const Described& described) {
  Range part{0, described.size};
  switch (read_range(exchange.environ(), described.its, described.size, part)) {
    case RangeKind::kNone:
      return send_part(exchange, file, 200, part);
    case RangeKind::kUnsatisfiable: {
      Status status =
          set_field(exchange, "Content-Range", base::concat("bytes */", described.size));
      return status.is_ok() ? reply_text(exchange, 416, "Range Not Satisfiable\n") : status;
    }
    case RangeKind::kGiven:
      break;
  }
  Status status = set_field(
      exchange, "Content-Range",
      base::concat("bytes ", part.first, "-", part.first + part.size - 1, "/", described.size));
  return status.is_ok() ? send_part(exchange, file, 206, part) : status;
}

}  // namespace

Status reply_file(Exchange& exchange, int fd, ByteView content_type) {
  if (exchange.response().is_started()) {
    return {Code::kState, "the answer has begun"};
  }
  if (!http::is_field_value(content_type)) {
    return {Code::kInvalid, base::concat("\"", base::printable(content_type),
                                         "\" is no value of a field Content-Type")};
  }
  if (Status checked = base::check_sendable(fd, 0, 0); !checked.is_ok()) {
    return checked;
  }
  struct stat file {};
  if (::fstat(fd, &file) != 0 || !S_ISREG(file.st_mode)) {
    return {Code::kInvalid, base::concat("descriptor ", fd, " is no regular file")};
  }
  const File whole{fd, content_type.empty() ? "application/octet-stream" : content_type};
  const ByteView method = exchange.environ().get("REQUEST_METHOD");
  if (method != "GET" && method != "HEAD") {
    return send_part(exchange, whole, 200, {0, file.st_size});
  }
  Described described;
  describe(exchange, file, described);
  const int outcome = check_conditions(exchange.environ(), described.its);
  if (outcome == 412) {
    return reply_text(exchange, 412, "Precondition Failed\n");
  }
  if (Status added = add_validators(exchange, described); !added.is_ok()) {
    return added;
  }
  return outcome == 304 ? exchange.reply(304, {}, {}) : send_ranged(exchange, whole, described);
}

}  // namespace wserve::form
