// Reading lines into sections, and the %(name)s of values.
#include "deploy/ini_file.h"

#include <algorithm>
#include <filesystem>

#include "base/read_file.h"
#include "base/text.h"

namespace wserve::deploy {

using base::Code;
using base::Status;

namespace {

constexpr int kDeepestInterpolation = 10;
constexpr int kMaxReplacements = 10'000;  // in one value

std::size_t indent_of(ByteView line) noexcept {
  return static_cast<std::size_t>(std::find_if_not(line.begin(), line.end(), base::is_blank) -
                                  line.begin());
}

bool is_comment(ByteView text) noexcept {
  return text.starts_with('#') || text.starts_with(';');
}

}  // namespace

// Reads line by line; an indented line goes on with the value of the key above it.
class IniReader {
 public:
  explicit IniReader(IniFile& file) : file_(file) {}

  Status read(ByteView text) {
    if (text.starts_with("\xef\xbb\xbf")) {
      text.remove_prefix(3);
    }
    while (!text.empty()) {
      ++number_;
      ByteView line = base::take_until(text, '\n');
      if (line.ends_with('\r')) {
        line.remove_suffix(1);
      }
      if (Status taken = take_line(line); !taken.is_ok()) {
        return taken;
      }
    }
    return finish_value();
  }

 private:
  Status take_line(ByteView line) {
    const ByteView text = base::trim_space(line);
    if (is_comment(text)) {
      return {};
    }
    if (text.find('\0') != ByteView::npos) {
      return problem("a NUL byte");
    }
    if (text.empty()) {
      value_ += has_key_ ? "\n" : "";
      return {};
    }
    if (has_key_ && indent_of(line) > indent_) {
      value_ += "\n";
      value_ += text;
      return {};
    }
    if (Status finished = finish_value(); !finished.is_ok()) {
      return finished;
    }
    return text.starts_with('[') ? take_header(text) : take_key(line, text);
  }

  Status take_header(ByteView text) {
    const std::size_t end = text.rfind(']');
    if (end == ByteView::npos || end == 1) {
      return problem("a section must be written [NAME]");
    }
    const ByteView name = text.substr(1, end - 1);
    if (file_.find(name) != nullptr) {
      return problem(base::concat("section [", name, "] is there already"));
    }
    if (name == "DEFAULT" && has_default_) {
      return problem("section [DEFAULT] is there already");
    }
    is_in_default_ = name == "DEFAULT";
    has_default_ = has_default_ || is_in_default_;
    is_in_section_ = true;
    if (!is_in_default_) {
      ByteView rest = name;
      const ByteView prefix = base::take_until(rest, ':');
      const bool has_colon = prefix.size() < name.size();
      file_.places_.emplace(name, file_.sections_.size());
      file_.called_.emplace(base::concat(prefix, has_colon ? ":" : "", base::trim_space(rest)),
                            file_.sections_.size());
      file_.sections_.push_back({std::string(name), {}});
    }
    return {};
  }

  Status take_key(ByteView line, ByteView text) {
    if (!is_in_section_) {
      return problem(base::concat("\"", text, "\" stands before the first [section]"));
    }
    const std::size_t end = text.find_first_of("=:");
    if (end == ByteView::npos || end == 0) {
      return problem(base::concat("\"", text, "\" is neither [section] nor KEY = VALUE"));
    }
    key_ = base::trim_space(text.substr(0, end));
    value_ = base::trim_space(text.substr(end + 1));
    indent_ = indent_of(line);
    key_line_ = number_;
    has_key_ = true;
    return {};
  }

  Status finish_value() {
    if (!has_key_) {
      return {};
    }
    has_key_ = false;
    SettingList& values = is_in_default_ ? file_.defaults_ : file_.sections_.back().values;
    if (values.find(key_) != nullptr) {
      number_ = key_line_;  // its value may have gone on, to where the next key begins
      return problem(base::concat("key \"", key_, "\" is there already"));
    }
    values.set(key_, base::trim_space(value_));
    return {};
  }

  [[nodiscard]] Status problem(ByteView what) const {
    return {Code::kInvalid, base::concat(file_.path_, ':', number_, ": ", base::printable(what))};
  }

  IniFile& file_;
  int number_ = 0;
  int key_line_ = 0;
  bool is_in_section_ = false;
  bool is_in_default_ = false;
  bool has_default_ = false;
  bool has_key_ = false;
  std::size_t indent_ = 0;
  std::string key_;
  std::string value_;
};

namespace {

// Replaces %(name)s, and what stands in its value, and so on.
class Interpolation {
 public:
  Interpolation(const IniFile& file, const IniFile::Section* section,
                const SettingList& handed_down)
      : file_(file), section_(section), handed_down_(handed_down) {}

  Status expand(ByteView text, int depth, std::string& value) {
    for (std::size_t sign = text.find('%'); sign != ByteView::npos; sign = text.find('%')) {
      value += text.substr(0, sign);
      text.remove_prefix(sign + 1);
      if (text.starts_with('%')) {
        value += '%';
        text.remove_prefix(1);
        continue;
      }
      if (Status replaced = replace(text, depth, value); !replaced.is_ok()) {
        return replaced;
      }
    }
    value += text;
    return value.size() <= IniFile::kMaxBytes ? Status() : problem("a value becomes too long");
  }

 private:
  // Takes "(name)s" off the front of `text`.
  Status replace(ByteView& text, int depth, std::string& value) {
    const std::size_t end = text.find(")s");
    if (!text.starts_with('(') || end == ByteView::npos) {
      return problem(
          base::concat("\"%\" must be \"%%\" or begin \"%(NAME)s\", found \"%", text, '"'));
    }
    const ByteView name = text.substr(1, end - 1);
    text.remove_prefix(end + 2);
    const std::string* raw = find(name);
    if (++replaced_ > kMaxReplacements) {
      return problem("values refer to one another too often");
    }
    if (raw == nullptr) {
      return problem(base::concat("%(", name, ")s: there is no \"", name, '"'));
    }
    return depth < kDeepestInterpolation
               ? expand(*raw, depth + 1, value)
               : problem(base::concat("%(", name, ")s: values refer to one another too deeply"));
  }

  [[nodiscard]] const std::string* find(ByteView name) const noexcept {
    const std::string* raw = section_ != nullptr ? section_->values.find(name) : nullptr;
    raw = raw != nullptr ? raw : file_.defaults().find(name);
    return raw != nullptr ? raw : handed_down_.find(name);
  }

  [[nodiscard]] Status problem(ByteView what) const {
    return {Code::kInvalid,
            base::concat("Error in file ", file_.path(), ": ", base::printable(what))};
  }

  const IniFile& file_;
  const IniFile::Section* section_;
  const SettingList& handed_down_;
  int replaced_ = 0;
};

// A path is a value like any other: its percent signs are doubled.
std::string escape(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    escaped += c;
    escaped += c == '%' ? "%" : "";
  }
  return escaped;
}

std::string folder_of(const std::string& path) {
  std::error_code ignored;
  const auto absolute = std::filesystem::absolute(path, ignored).lexically_normal();
  return absolute.parent_path().string();
}

}  // namespace

Status IniFile::read(const std::string& path, IniFile& file) {
  std::string text;
  Status status = base::read_file(path, IniFile::kMaxBytes, text);
  return status.is_ok() ? parse(text, path, file) : status;
}

Status IniFile::parse(ByteView text, const std::string& path, IniFile& file) {
  file = IniFile();
  file.path_ = path;
  if (Status read = IniReader(file).read(text); !read.is_ok()) {
    return read;
  }
  for (const auto& [name, value] : {Setting{"here", file.folder()}, Setting{"__file__", path}}) {
    if (file.defaults_.find(name) == nullptr) {
      file.defaults_.set(name, escape(value));
    }
  }
  return {};
}

const IniFile::Section* IniFile::find(ByteView name) const noexcept {
  const auto place = places_.find(name);
  return place != places_.end() ? &sections_[place->second] : nullptr;
}

std::vector<const IniFile::Section*> IniFile::find_called(ByteView prefix, ByteView name) const {
  std::vector<const Section*> found;
  const auto [begin, end] = called_.equal_range(base::concat(prefix, ':', name));
  std::transform(begin, end, std::back_inserter(found),
                 [this](const auto& called) { return &sections_[called.second]; });
  return found;
}

Status IniFile::interpolate(ByteView text, const Section* section, const SettingList& handed_down,
                            std::string& value) const {
  value.clear();
  return Interpolation(*this, section, handed_down).expand(text, 0, value);
}

std::string IniFile::folder() const {
  return folder_of(path_);
}

}  // namespace wserve::deploy
