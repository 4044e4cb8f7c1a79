// Apache's codes (mod_log_config), and some of our own as %{NAME}x.
#include "observe/access_codes.h"

#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "observe/escape.h"

namespace wserve::observe {

using app::Moment;
using base::ByteView;

namespace {

ByteView text_of(const char* text) noexcept {
  return text != nullptr ? ByteView(text) : ByteView();
}

// -1: it is not known.
void append_number(std::string& line, std::int64_t number) {
  line += number < 0 ? std::string("-") : std::to_string(number);
}

// Readers of logs want a number: nginx has this one for clients that left without an answer.
int logged_status(const app::Observation& seen) noexcept {
  constexpr int kNoAnswer = 499;
  constexpr int kSwitched = 101;
  return seen.status() != 0                      ? seen.status()
         : seen.cause() == app::Cause::kDetached ? kSwitched
                                                 : kNoAnswer;
}

std::string request_line(const app::Observation& seen) {
  return seen.method().empty()
             ? std::string()
             : base::concat(seen.method(), ' ', seen.target(), ' ', seen.protocol());
}

// Microseconds in one of these units; 0 for another word.
std::int64_t micros_in(ByteView unit) noexcept {
  return unit == "us" || unit == "usec"                 ? 1
         : unit == "ms" || unit == "msec"               ? 1'000
         : unit == "s" || unit == "sec" || unit.empty() ? 1'000'000
                                                        : 0;
}

// A text from outside, as what `Get` finds.
template <auto Get>
void text(std::string& line, const CodePlace& place, const Told& told) {
  append_escaped(line, Get(place, told.record), place.is_quoted);
}

// A number, as what `Get` finds.
template <auto Get>
void number(std::string& line, const CodePlace& /*place*/, const Told& told) {
  append_number(line, static_cast<std::int64_t>(Get(told.record)));
}

void nothing(std::string& line, const CodePlace& /*place*/, const Told& /*told*/) {
  line += '-';
}

void percent(std::string& line, const CodePlace& /*place*/, const Told& /*told*/) {
  line += '%';
}

void append_query(std::string& line, const CodePlace& place, const Told& told) {
  if (const ByteView query = told.record.query(); !query.empty()) {
    append_escaped(line, query, place.is_quoted);
  }
}

void append_begin(std::string& line, const CodePlace& place, const Told& told) {
  const std::int64_t begun = told.record.time_of(static_cast<std::size_t>(Moment::kBegun));
  if (place.argument.empty()) {
    line += told.time.of(static_cast<std::time_t>(begun / micros_in("")));
  } else {
    append_number(line, begun / micros_in(place.argument));
  }
}

void append_duration(std::string& line, const CodePlace& place, const Told& told) {
  const std::int64_t micros = told.record.until_end(Moment::kBegun);
  append_number(line, micros < 0 ? micros : micros / micros_in(place.argument));
}

void append_port(std::string& line, const CodePlace& place, const Told& told) {
  if (place.argument == "remote") {
    append_number(line, told.record.peer_port());
  } else {
    append_escaped(line, text_of(told.record.find("SERVER_PORT")), place.is_quoted);
  }
}

constexpr auto kClientOrPeer = [](const CodePlace& place, const Record& record) {
  return place.argument == "c" ? ByteView(record.peer()) : text_of(record.find("REMOTE_ADDR"));
};
constexpr auto kHost = [](const CodePlace&, const Record& record) { return record.authority(); };

// What may stand in the braces.
enum class Argument : std::uint8_t { kAny, kName, kUnit };

struct Code {
  char letter;
  AppendCode append;
  Argument argument = Argument::kAny;
};

constexpr Code kCodes[] = {
    {'%', percent},
    {'a', text<kClientOrPeer>},
    {'h', text<kClientOrPeer>},
    {'l', nothing},
    {'u', text<[](const CodePlace&, const Record& record) { return record.seen().user(); }>},
    {'t', append_begin, Argument::kUnit},
    {'r', text<[](const CodePlace&, const Record& record) { return request_line(record.seen()); }>},
    {'s', number<[](const Record& record) { return logged_status(record.seen()); }>},
    {'b', number<[](const Record& record) {
       const auto bytes = static_cast<std::int64_t>(record.seen().body_bytes_out());
       return bytes == 0 ? -1 : bytes;
     }>},
    {'B', number<[](const Record& record) { return record.seen().body_bytes_out(); }>},
    {'I', number<[](const Record& record) { return record.seen().bytes_in(); }>},
    {'O', number<[](const Record& record) { return record.seen().bytes_out(); }>},
    {'D', number<[](const Record& record) { return record.until_end(Moment::kBegun); }>},
    {'T', append_duration, Argument::kUnit},
    {'m', text<[](const CodePlace&, const Record& record) { return record.seen().method(); }>},
    {'U', text<[](const CodePlace&, const Record& record) { return record.path(); }>},
    {'q', append_query},
    {'H', text<[](const CodePlace&, const Record& record) { return record.seen().protocol(); }>},
    {'V', text<kHost>},
    {'v', text<kHost>},
    {'p', append_port},
    {'P', number<[](const Record&) { return ::getpid(); }>},
    {'i', text<[](const CodePlace& place, const Record& record) {
       return record.seen().field(place.argument);
     }>,
     Argument::kName},
    {'o', text<[](const CodePlace& place, const Record& record) {
       return record.seen().answer_field(place.argument);
     }>,
     Argument::kName},
};

struct OwnCode {
  ByteView name;
  AppendCode append;
};

constexpr OwnCode kOwnCodes[] = {
    {"cause", text<[](const CodePlace&, const Record& record) {
       return ByteView(app::cause_name(static_cast<std::size_t>(record.seen().cause())));
     }>},
    {"queue_time", number<[](const Record& record) { return record.seen().queue_time().count(); }>},
    {"wait_time", number<[](const Record& record) { return record.seen().wait_time().count(); }>},
    {"request_id", text<[](const CodePlace&, const Record& record) { return record.seen().id(); }>},
    {"trace_id",
     text<[](const CodePlace&, const Record& record) { return record.seen().trace_id(); }>},
    {"first_byte_time", number<[](const Record& record) {
       return record.between(Moment::kHead, Moment::kFirstByte);
     }>},
    {"body_time",
     number<[](const Record& record) { return record.between(Moment::kHead, Moment::kWhole); }>},
    {"answer_time", number<[](const Record& record) { return record.until_end(Moment::kTaken); }>},
};

bool takes(const Code& code, ByteView argument) noexcept {
  switch (code.argument) {
    case Argument::kName:
      return !argument.empty();
    case Argument::kUnit:
      return micros_in(argument) != 0;
    case Argument::kAny:
      break;
  }
  return true;
}

}  // namespace

const std::string& CommonTime::of(std::time_t second) {
  if (second != second_) {
    std::tm parts{};
    ::localtime_r(&second, &parts);
    constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    std::array<char, 40> day{};
    std::array<char, 40> time{};
    const std::size_t day_size = std::strftime(day.data(), day.size(), "[%d/", &parts);
    const std::size_t size = std::strftime(time.data(), time.size(), "/%Y:%H:%M:%S %z]", &parts);
    text_ =
        base::concat(ByteView(day.data(), day_size),
                     kMonths[static_cast<std::size_t>(parts.tm_mon)], ByteView(time.data(), size));
    second_ = second;
  }
  return text_;
}

AppendCode find_code(char letter, ByteView argument) noexcept {
  if (letter == 'x') {
    const auto* own = std::find_if(std::begin(kOwnCodes), std::end(kOwnCodes),
                                   [&](const OwnCode& one) { return one.name == argument; });
    return own != std::end(kOwnCodes) ? own->append : nullptr;
  }
  const auto* code = std::find_if(std::begin(kCodes), std::end(kCodes),
                                  [&](const Code& one) { return one.letter == letter; });
  return code != std::end(kCodes) && takes(*code, argument) ? code->append : nullptr;
}

std::string list_codes() {
  std::string list;
  for (const Code& code : kCodes) {
    const char* argument = code.argument == Argument::kName ? "{NAME}" : "";
    list += base::concat('%', argument, ByteView(&code.letter, 1), ' ');
  }
  for (const OwnCode& code : kOwnCodes) {
    list += base::concat("%{", code.name, "}x ");
  }
  list.pop_back();
  return list;
}

}  // namespace wserve::observe
