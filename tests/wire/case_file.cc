// The reader of *.case files.
#include "wire/case_file.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>

namespace wserve::tests {

namespace {

// "RFC 9112 §3.2 MUST", or "PROXY §2.1 MUST" of haproxy's doc/proxy-protocol.txt
bool is_rule(const std::string& text) {
  const bool is_binding =
      text.ends_with(" MUST") || text.ends_with(" SHOULD") || text.ends_with(" MAY");
  const bool is_known = text.starts_with("RFC ") || text.starts_with("PROXY ");
  return is_known && text.find(" §") != std::string::npos && is_binding;
}

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
    end_case();
    return std::move(cases_);
  }

 private:
  [[noreturn]] void give_up(const std::string& why) const {
    std::cerr << path_ << ':' << line_number_ << ": " << why << '\n';
    std::exit(2);
  }

  // The case so far must be complete.
  void end_case() const {
    if (cases_.empty()) {
      return;
    }
    const WireCase& one = cases_.back();
    if (!is_rule(one.rule)) {
      give_up("case \"" + one.name + "\" has no rule of the form RFC 9112 §3.2 MUST");
    }
    if (one.request.empty() || one.ending == Ending::kUnknown) {
      give_up("case \"" + one.name + "\" sends nothing, or does not say how it ends");
    }
  }

  void begin_case(const std::string& name) {
    end_case();
    if (std::any_of(cases_.begin(), cases_.end(),
                    [&](const WireCase& one) { return one.name == name; })) {
      give_up("a second case \"" + name + '"');
    }
    cases_.emplace_back().name = name;
  }

  void read_line(const std::string& line) {
    if (line.empty() || line.starts_with('#')) {
      return;
    }
    if (line.starts_with("== ")) {
      begin_case(line.substr(3));
      return;
    }
    if (cases_.empty()) {
      give_up("a case begins with ==");
    }
    WireCase& current = cases_.back();
    if (line.starts_with("ref ")) {
      current.rule = line.substr(4);
    } else if (line == "whole") {
      current.is_whole_only = true;
    } else if (line.starts_with("set ")) {
      read_option(line.substr(4), current);
    } else if (line.starts_with('>')) {
      read_bytes(line.substr(1), current);
    } else if (line == "then half-close" || line == "then wait") {
      current.afterwards = line == "then wait" ? Afterwards::kWait : Afterwards::kHalfClose;
    } else if (line == "< close" || line == "< open") {
      current.ending = line == "< close" ? Ending::kClose : Ending::kOpen;
    } else if (line.starts_with("<+ ") || line.starts_with("<- ")) {
      read_head_part(line, current);
    } else if (line.starts_with('<')) {
      read_answers(line.substr(1), current);
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

  // Takes "*500" and one space off the front, if they are there.
  static std::size_t take_times(std::string& text) {
    std::size_t times = 1;
    if (text.starts_with('*')) {
      std::size_t used = 0;
      times = std::stoul(text.substr(1), &used);
      text.erase(0, 1 + used);
    }
    if (text.starts_with(' ')) {
      text.erase(0, 1);
    }
    return times;
  }

  void read_bytes(std::string text, WireCase& current) const {
    const std::size_t times = take_times(text);
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

  void read_answers(std::string text, WireCase& current) const {
    const std::size_t times = take_times(text);
    ExpectedAnswer answer;
    answer.is_to_head = text.starts_with("HEAD ");
    text.erase(0, answer.is_to_head ? 5 : 0);
    if (text.size() < 3 || text.find_first_not_of("0123456789") < 3) {
      give_up("an answer begins with its status");
    }
    answer.status = std::stoi(text.substr(0, 3));
    answer.part_of_body = unescape(text.substr(std::min<std::size_t>(text.size(), 4)));
    current.answers.insert(current.answers.end(), times, answer);
  }

  void read_head_part(const std::string& line, WireCase& current) const {
    if (current.answers.empty()) {
      give_up("no answer to look into");
    }
    ExpectedAnswer& last = current.answers.back();
    (line[1] == '+' ? last.in_head : last.not_in_head).push_back(unescape(line.substr(3)));
  }

  const std::string path_;
  std::ifstream file_;
  int line_number_ = 0;
  std::vector<WireCase> cases_;
};

}  // namespace

std::vector<WireCase> read_case_file(const std::string& path) {
  return Reader(path).read();
}

}  // namespace wserve::tests
