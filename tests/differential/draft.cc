#include "differential/draft.h"

#include <algorithm>

namespace wserve::tests {

namespace {

std::string hexadecimal(std::size_t size, Dice& dice) {
  const char* const digits = dice.one_in(2) ? "0123456789abcdef" : "0123456789ABCDEF";
  std::string text;
  for (; size > 0; size /= 16) {
    text.insert(text.begin(), digits[size % 16]);
  }
  return std::string(dice.one_in(3) ? 2 : 0, '0') + text;
}

// What a reader that has lost its place would take for a request.
std::string hidden_request(const std::string& path) {
  return "GET /hidden" + path + " HTTP/1.1\r\nHost: a\r\n\r\n";
}

std::string write_body(Dice& dice, const std::string& path) {
  switch (dice.roll(5)) {
    case 0:
      return hidden_request(path);
    case 1:
      return "0\r\n\r\n" + hidden_request(path);
    case 2:
      return std::string(1 + dice.roll(40), 'x') + hidden_request(path) + hidden_request(path);
    case 3:
      return std::string(dice.roll(3000), '\n');
    default:
      return "5\r\nhello\r\n0\r\n\r\n";
  }
}

void write_chunks(Dice& dice, const std::string& body, Draft& draft) {
  static const char* const extensions[] = {"", "", "", ";a", ";a=b", ";a=\"b;c\""};
  static const char* const trailers[] = {"\r\n", "\r\n", "X-Trailer: 1\r\n\r\n",
                                         "Content-Length: 3\r\n\r\n"};
  for (std::size_t at = 0; at < body.size();) {
    const std::size_t size = 1 + dice.roll(dice.one_in(3) ? 8 : body.size());
    const std::string data = body.substr(at, size);
    draft.chunks.push_back(
        {hexadecimal(data.size(), dice), dice.pick(extensions), "\r\n", data, "\r\n"});
    at += data.size();
  }
  draft.chunks.push_back({dice.one_in(5) ? "000" : "0", dice.pick(extensions), "\r\n", "", ""});
  draft.trailers = dice.pick(trailers);
}

}  // namespace

std::string Draft::text() const {
  std::string all = in_front + method + first_blank + target + second_blank + version + line_end;
  for (const DraftField& field : fields) {
    all += field.name + field.colon + field.value + field.end;
  }
  all += head_end + body;
  for (const DraftChunk& chunk : chunks) {
    all += chunk.size + chunk.extension + chunk.size_end + chunk.data + chunk.data_end;
  }
  return all + trailers + behind;
}

DraftField* Draft::find(const std::string& name) {
  const auto found = std::find_if(fields.begin(), fields.end(),
                                  [&](const DraftField& field) { return field.name == name; });
  return found != fields.end() ? &*found : nullptr;
}

PlainRequest write_request(Dice& dice, const std::string& path) {
  static const char* const methods[] = {"GET", "POST", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"};
  PlainRequest request;
  Draft& draft = request.draft;
  draft.method = dice.pick(methods);
  draft.target = path + (dice.one_in(4) ? "?q=/hidden" : "");
  draft.add("Host", dice.one_in(3) ? "a.example:80" : "a");
  if (dice.one_in(3)) {
    draft.add("X-Long", std::string(dice.roll(600), 'x'));
  }
  switch (dice.roll(4)) {
    case 0:
      break;
    case 1:
      request.body = write_body(dice, path);
      draft.add("Transfer-Encoding", dice.one_in(4) ? "CHUNKED" : "chunked");
      write_chunks(dice, request.body, draft);
      break;
    default:
      request.body = write_body(dice, path);
      draft.add("Content-Length", std::to_string(request.body.size()));
      draft.body = request.body;
      break;
  }
  if (dice.one_in(3)) {
    draft.add("X-Last", "1");
  }
  return request;
}

}  // namespace wserve::tests
