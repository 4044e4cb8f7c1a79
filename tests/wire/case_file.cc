// The reader of *.case files.
#include "wire/case_file.h"

#include <cstdlib>
#include <fstream>
#include <iostream>

namespace wserve::tests {

namespace {

class Reader {
 public:
  explicit Reader(const std::string& path) : path_(path), file_(path) {
    if (!file_) {
      give_up("cannot be opened");
    }
  }

  std::vector<WireCase> read() {
    std::string line;
    while (std::getline(file_, line)) {
      ++line_number_;
      read_line(line);
    }
    for (const WireCase& one : cases_) {
      if (one.rule.empty() || one.request.empty() || !(one.closes || has_end_)) {
        give_up("case \"" + one.name + "\" is not complete");
      }
    }
    return std::move(cases_);
  }

 private:
  [[noreturn]] void give_up(const std::string& why) const {
    std::cerr << path_ << ':' << line_number_ << ": " << why << '\n';
    std::exit(2);
  }

  void read_line(const std::string& line) {
    if (line.empty() || line.starts_with('#')) {
      return;
    }
    if (line.starts_with("== ")) {
      cases_.emplace_back().name = line.substr(3);
      return;
    }
    if (cases_.empty()) {
      give_up("a case begins with ==");
    }
    WireCase& current = cases_.back();
    if (line.starts_with("ref ")) {
      current.rule = line.substr(4);
    } else if (line.starts_with("set ")) {
      read_option(line.substr(4), current);
    } else if (line.starts_with('>')) {
      read_bytes(line.substr(1), current);
    } else if (line == "< close" || line == "< open") {
      current.closes = line == "< close";
      has_end_ = true;
    } else if (line.starts_with("< ")) {
      read_answer(line.substr(2), current);
    } else {
      give_up("not understood");
    }
  }

  void read_option(const std::string& text, WireCase& current) const {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos) {
      give_up("an option is set by NAME=VALUE");
    }
    current.options.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }

  void read_bytes(std::string text, WireCase& current) const {
    std::size_t times = 1;
    if (text.starts_with('*')) {
      std::size_t used = 0;
      times = std::stoul(text.substr(1), &used);
      text = text.substr(1 + used);
    }
    if (text.starts_with(' ')) {
      text.erase(0, 1);
    }
    const std::string bytes = unescape(text);
    for (std::size_t i = 0; i < times; ++i) {
      current.request += bytes;
    }
  }

  [[nodiscard]] std::string unescape(const std::string& text) const {
    std::string bytes;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] != '\\') {
        bytes += text[i];
        continue;
      }
      if (++i == text.size()) {
        give_up("a backslash ends the line");
      }
      switch (text[i]) {
        case 'r':
          bytes += '\r';
          break;
        case 'n':
          bytes += '\n';
          break;
        case 't':
          bytes += '\t';
          break;
        case '\\':
          bytes += '\\';
          break;
        case 'x':
          bytes += static_cast<char>(std::stoul(text.substr(i + 1, 2), nullptr, 16));
          i += 2;
          break;
        default:
          give_up("an unknown escape");
      }
    }
    return bytes;
  }

  void read_answer(const std::string& text, WireCase& current) const {
    ExpectedAnswer answer;
    std::size_t used = 0;
    answer.status = std::stoi(text, &used);
    answer.part_of_body = unescape(text.substr(used < text.size() ? used + 1 : used));
    current.answers.push_back(answer);
  }

  const std::string path_;
  std::ifstream file_;
  int line_number_ = 0;
  bool has_end_ = false;
  std::vector<WireCase> cases_;
};

}  // namespace

std::vector<WireCase> read_case_file(const std::string& path) {
  return Reader(path).read();
}

}  // namespace wserve::tests
