// The fields of an answer, as far as they say whether and how its body may be encoded.
#pragma once

#include <string>

#include <wserve/fields.h>

namespace wserve::filters {

struct AnswerFields {
  std::string type;
  std::string etag;
  std::string vary;               // of all lines
  bool is_encoded = false;        // there is a Content-Encoding already
  bool is_part = false;           // a range of the whole
  bool must_stay = false;         // Cache-Control: no-transform, or a digest behind the body
  bool is_known_to_vary = false;  // Vary says so already

  // Before the head is sent.
  static AnswerFields read(ws_request* request);

 private:
  void read_one(std::string_view name, std::string_view value);
};

}  // namespace wserve::filters
