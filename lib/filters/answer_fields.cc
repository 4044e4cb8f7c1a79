// One look at each field.
#include "filters/answer_fields.h"

#include "filters/words.h"

namespace wserve::filters {

AnswerFields AnswerFields::read(ws_request* request) {
  AnswerFields fields;
  const char* name = nullptr;
  const char* value = nullptr;
  for (std::size_t i = 0; ws_request_header_at(request, i, &name, &value) == WS_OK; ++i) {
    fields.read_one(name, value);
  }
  fields.is_known_to_vary = lists(fields.vary, "Accept-Encoding") || lists(fields.vary, "*");
  return fields;
}

void AnswerFields::read_one(std::string_view name, std::string_view value) {
  if (is_same(name, "Content-Type")) {
    type = value;
  } else if (is_same(name, "ETag")) {
    etag = value;
  } else if (is_same(name, "Vary")) {
    vary.append(vary.empty() ? "" : ", ").append(value);
  } else if (is_same(name, "Content-Encoding")) {
    is_encoded = true;
  } else if (is_same(name, "Content-Range")) {
    is_part = true;
  } else if (is_same(name, "Cache-Control")) {
    must_stay = must_stay || lists(value, "no-transform");
  } else if (is_same(name, "Trailer")) {
    for (const char* digest : {"Digest", "Content-Digest", "Repr-Digest", "Content-MD5"}) {
      must_stay = must_stay || lists(value, digest);
    }
  }
}

}  // namespace wserve::filters
