// A request as the parts that it is written from, each of which may be wrong.
#pragma once

#include <string>
#include <vector>

#include "differential/dice.h"

namespace wserve::tests {

struct DraftField {
  std::string name;
  std::string colon = ": ";
  std::string value;
  std::string end = "\r\n";
};

struct DraftChunk {
  std::string size;
  std::string extension;
  std::string size_end = "\r\n";
  std::string data;
  std::string data_end = "\r\n";
};

struct Draft {
  std::string in_front;
  std::string method = "GET";
  std::string first_blank = " ";
  std::string target;
  std::string second_blank = " ";
  std::string version = "HTTP/1.1";
  std::string line_end = "\r\n";
  std::vector<DraftField> fields;
  std::string head_end = "\r\n";
  std::vector<DraftChunk> chunks;
  std::string trailers;  // with the line behind them
  std::string body;      // when it has no chunks
  std::string behind;

  [[nodiscard]] std::string text() const;
  [[nodiscard]] bool has_chunks() const { return !chunks.empty(); }
  // Null when there is none.
  [[nodiscard]] DraftField* find(const std::string& name);
  void add(const std::string& name, const std::string& value) {
    fields.push_back({name, ": ", value});
  }
};

// A request that is right, and holds another one wherever there is room: `path` is its own, and
// that of the hidden one begins with /hidden.
struct PlainRequest {
  Draft draft;
  std::string body;
};
PlainRequest write_request(Dice& dice, const std::string& path);

}  // namespace wserve::tests
