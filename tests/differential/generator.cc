#include "differential/generator.h"

#include <algorithm>

#include "differential/draft.h"

namespace wserve::tests {

namespace {

void change_line_end(Dice& dice, Draft& draft) {
  static const char* const ends[] = {"\n", "\r", "\r\r\n", "\n\r\n", "\r\n\r", " \r\n", "\r \n"};
  std::string* const places[] = {&draft.line_end, &draft.head_end,
                                 &draft.fields[dice.roll(draft.fields.size())].end};
  *places[dice.roll(3)] = dice.pick(ends);
}

void change_all_line_ends(Dice& /*dice*/, Draft& draft) {
  draft.line_end = draft.head_end = "\n";
  for (DraftField& field : draft.fields) {
    field.end = "\n";
  }
}

void change_request_line(Dice& dice, Draft& draft) {
  static const char* const blanks[] = {"  ", "\t", "\x0b", " \t", "", "\r", "\xa0"};
  static const char* const versions[] = {"HTTP/1.0", "HTTP/2.0",  "HTTP/1.2",  "HTTP/0.9",
                                         "http/1.1", "HTTP/1.10", "HTTP/01.1", "HTTP/1.1 ",
                                         "HTTP/1",   ""};
  switch (dice.roll(3)) {
    case 0:
      draft.first_blank = dice.pick(blanks);
      break;
    case 1:
      draft.second_blank = dice.pick(blanks);
      break;
    default:
      draft.version = dice.pick(versions);
      break;
  }
}

void change_method(Dice& dice, Draft& draft) {
  static const char* const methods[] = {"HEAD", "get",   "BREW",  "CONNECT", "TRACE",   "PRI",
                                        "G(T",  "GET\t", "QUERY", "",        "M-SEARCH"};
  draft.method = dice.pick(methods);
}

void change_target(Dice& dice, Draft& draft) {
  static const char* const in_front[] = {
      "http://a", "http://b.example", "http://user@a", "https://a", "http://a/../..",          "//",
      "/%2e%2e",  "http://[::1]:80",  "HTTP://a",      "http:/a",   "/hidden%20HTTP/1.1%0d%0a"};
  static const char* const behind[] = {"#hidden", "%",   "%00", "\x80", "?a b",
                                       ";x",      "/..", "\\",  "{}"};
  if (dice.one_in(2)) {
    draft.target.insert(0, dice.pick(in_front));
  } else {
    draft.target += dice.pick(behind);
  }
  if (dice.one_in(10)) {
    draft.target = dice.one_in(2) ? "*" : "a:80";
  }
}

void change_field(Dice& dice, Draft& draft) {
  static const char* const colons[] = {
      " : ", ":", ":\t", ": \t ", "\t:", "", "\r\n :", ":\x0b", ";"};
  static const char* const before_name[] = {" ", "\t", "(", "\x80", "\r\n", "\r"};
  static const char* const behind_value[] = {"\t ", " \r\n x", "\r\n\tx", "\x0b",
                                             "\r",  "\x80",    ",",       ";"};
  DraftField& field = draft.fields[dice.roll(draft.fields.size())];
  switch (dice.roll(3)) {
    case 0:
      field.colon = dice.pick(colons);
      break;
    case 1:
      field.name.insert(0, dice.pick(before_name));
      break;
    default:
      field.value += dice.pick(behind_value);
      break;
  }
  if (dice.one_in(8)) {
    field.value.push_back('\0');
  }
}

// The field to change, or a new one.
DraftField& framing_field(const std::string& name, Draft& draft) {
  if (draft.find(name) == nullptr) {
    draft.add(name, "");
  }
  return *draft.find(name);
}

void change_length(Dice& dice, Draft& draft) {
  static const char* const in_front[] = {"+", "-", "0", "0x", " ", "\x0b", "\"", "1,", "\t"};
  static const char* const behind[] = {" ", ",", "x", ".0", "e1", "_0", " 5", "\x0c", ";", "\t"};
  DraftField& field = framing_field("Content-Length", draft);
  switch (dice.roll(5)) {
    case 0:
      field.value.insert(0, dice.pick(in_front));
      break;
    case 1:
      field.value += dice.pick(behind);
      break;
    case 2:
      field.value += ", " + field.value;
      break;
    case 3:
      field.value = dice.one_in(2) ? "" : "18446744073709551616";
      break;
    default:
      field.value = std::to_string(dice.roll(60));
      break;
  }
}

void change_coding(Dice& dice, Draft& draft) {
  static const char* const codings[] = {
      "chunked, chunked",  "identity",     "gzip, chunked", "chunked, gzip", "xchunked",
      "chunked;q=1",       "\"chunked\"",  ",chunked",      "chunked,",      "",
      "chunkedx",          "\x0b,chunked", "chunked\t",     "\xa0 chunked",  "\r\n chunked",
      "identity, chunked", "chun\r\n ked"};
  framing_field("Transfer-Encoding", draft).value = dice.pick(codings);
}

void add_second_framing(Dice& dice, Draft& draft) {
  static const char* const names[] = {
      "Content-Length", "Transfer-Encoding", "content-length",  "TRANSFER-ENCODING",
      "Content_Length", "Transfer_Encoding", "Content-Length ", "Transfer-Encoding\t"};
  const std::string name = dice.pick(names);
  const bool is_length = name.find('L') == 8 || name.find('l') == 8;
  DraftField field;
  field.name = name;
  field.value = is_length ? std::to_string(dice.roll(60)) : "chunked";
  const bool is_first = dice.one_in(2);
  draft.fields.insert(is_first ? draft.fields.begin() : draft.fields.end(), field);
}

void change_chunk(Dice& dice, Draft& draft) {
  static const char* const sizes[] = {"0x5", "+5",     "-1",    "",   " 5",
                                      "5 ",  "5\t",    "\x80",  "g",  "10000000000000005",
                                      "5;",  "5;a=\"", "5;a\n", "0,5"};
  static const char* const extensions[] = {";",         ";a=", " ;a",  "; a = b",
                                           ";a=\"\r\"", ";\n", ";a\r", ";;"};
  static const char* const ends[] = {"\n", "\r", "", "\r\r\n", "XX", "\n\n", "\r\n\r\n"};
  if (!draft.has_chunks()) {
    change_length(dice, draft);
    return;
  }
  DraftChunk& chunk = draft.chunks[dice.roll(draft.chunks.size())];
  switch (dice.roll(5)) {
    case 0:
      chunk.size = dice.pick(sizes);
      break;
    case 1:
      chunk.extension = dice.pick(extensions);
      break;
    case 2:
      chunk.size_end = dice.pick(ends);
      break;
    case 3:
      chunk.data_end = dice.pick(ends);
      break;
    default:
      draft.chunks.pop_back();
      break;
  }
}

void change_trailers(Dice& dice, Draft& draft) {
  static const char* const trailers[] = {"\n",
                                         "Transfer-Encoding: chunked\r\n\r\n",
                                         "Host: b\r\n\r\n",
                                         "a : b\r\n\r\n",
                                         " folded\r\n\r\n",
                                         "a: b\n\r\n",
                                         "a\r\n\r\n",
                                         "\r\r\n",
                                         "",
                                         "Connection: close\r\n\r\n",
                                         "a: \x01\r\n\r\n"};
  if (draft.has_chunks()) {
    draft.trailers = dice.pick(trailers);
  } else {
    draft.behind = dice.pick(trailers);
  }
}

void nominate_field(Dice& dice, Draft& draft) {
  static const char* const options[] = {
      "Content-Length", "Transfer-Encoding", "Host",    "X-Last",     "close",
      "keep-alive",     "close, x",          ",,close", "Connection", "Content-Length, keep-alive"};
  draft.add("Connection", dice.pick(options));
}

void ask_for_upgrade(Dice& dice, Draft& draft) {
  static const char* const protocols[] = {"websocket", "h2c", "TLS/1.0", "HTTP/2.0, x"};
  draft.add("Upgrade", dice.pick(protocols));
  draft.add("Connection", dice.one_in(2) ? "Upgrade, HTTP2-Settings" : "upgrade");
  draft.add("HTTP2-Settings", "AAMAAABkAARAAAAAAAIAAAAA");
  draft.add("Sec-WebSocket-Version", dice.one_in(2) ? "13" : "777");
}

void expect_something(Dice& dice, Draft& draft) {
  static const char* const wishes[] = {"100-continue", "100-Continue", "200-ok", "100-continue, x",
                                       ""};
  draft.add("Expect", dice.pick(wishes));
}

void change_host(Dice& dice, Draft& draft) {
  static const char* const hosts[] = {"",        "a b",  "a,b",   "a/b", "a@b",
                                      "a:80:80", "[::1", "a\x80", "*",   "a:x"};
  DraftField* const host = draft.find("Host");
  if (host == nullptr || dice.one_in(4)) {
    draft.add("Host", "b");
  } else if (dice.one_in(4)) {
    host->name = "X-Host";
  } else {
    host->value = dice.pick(hosts);
  }
}

void put_something_between(Dice& dice, Draft& draft) {
  static const char* const bytes[] = {"\r\n", "\n", "\r\n\r\n\r\n", " ", "\r", "x", "0\r\n\r\n"};
  (dice.one_in(2) ? draft.in_front : draft.behind) += dice.pick(bytes);
}

void cut_short(Dice& dice, Draft& draft) {
  if (draft.has_chunks() && !draft.chunks.front().data.empty()) {
    draft.chunks.resize(1 + dice.roll(draft.chunks.size()));
    draft.trailers.clear();
  } else {
    draft.body.resize(dice.roll(draft.body.size() + 1));
  }
}

struct Mutation {
  const char* name;
  void (*apply)(Dice& dice, Draft& draft);
};

constexpr Mutation kMutations[] = {
    {"line end", change_line_end},
    {"all line ends", change_all_line_ends},
    {"request line", change_request_line},
    {"method", change_method},
    {"target", change_target},
    {"field", change_field},
    {"length", change_length},
    {"length", change_length},
    {"coding", change_coding},
    {"coding", change_coding},
    {"second framing", add_second_framing},
    {"second framing", add_second_framing},
    {"chunk", change_chunk},
    {"chunk", change_chunk},
    {"chunk", change_chunk},
    {"trailers", change_trailers},
    {"nominated field", nominate_field},
    {"upgrade", ask_for_upgrade},
    {"expect", expect_something},
    {"host", change_host},
    {"between", put_something_between},
    {"cut short", cut_short},
};

// A byte of the whole, whatever it is.
void change_byte(Dice& dice, std::string& bytes) {
  static const std::string kinds(
      "\r\n \t\0\x0b:;,\x80\x7f"
      "0x/",
      14);
  const std::size_t at = dice.roll(bytes.size());
  const char other = kinds[dice.roll(kinds.size())];
  switch (dice.roll(3)) {
    case 0:
      bytes[at] = other;
      break;
    case 1:
      bytes.insert(at, 1, other);
      break;
    default:
      bytes.erase(at, 1);
      break;
  }
}

}  // namespace

GeneratedCase generate_case(unsigned seed, unsigned number) {
  Dice dice(seed * 1'000'003U + number);
  GeneratedCase result;
  result.name = "seed " + std::to_string(seed) + ", number " + std::to_string(number);
  const std::size_t requests = 1 + dice.roll(3);
  std::size_t mistakes = dice.one_in(6) ? 0 : 1 + dice.roll(2);
  result.is_right = mistakes == 0;
  for (std::size_t i = 0; i < requests; ++i) {
    const std::string path = "/g" + std::to_string(number) + "-" + std::to_string(i);
    PlainRequest request = write_request(dice, path);
    result.requests.push_back({"", request.draft.method, path, request.body});
    for (; mistakes > 0 && (i + 1 == requests || dice.one_in(2)); --mistakes) {
      const Mutation& mutation = kMutations[dice.roll(std::size(kMutations))];
      mutation.apply(dice, request.draft);
      result.name += std::string(", ") + mutation.name;
    }
    result.bytes += request.draft.text();
  }
  if (!result.is_right && dice.one_in(8)) {
    change_byte(dice, result.bytes);
    result.name += ", a byte";
  }
  return result;
}

}  // namespace wserve::tests
