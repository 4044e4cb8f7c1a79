// An ini file in the dialect of PasteDeploy (Python's configparser): sections of keys and values.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/status.h"
#include "deploy/setting_list.h"

namespace wserve::deploy {

// Constant after it was read.
class IniFile {
 public:
  struct Section {
    std::string name;
    SettingList values;  // as written, not interpolated
  };

  static constexpr std::size_t kMaxBytes = 1'048'576;

  // kSystem when it cannot be read, kInvalid (with file and line) when it is no ini file.
  static base::Status read(const std::string& path, IniFile& file);
  // The same for a text that is there already; `path` is for messages, "here" and "__file__".
  static base::Status parse(ByteView text, const std::string& path, IniFile& file);

  // Null when absent. [DEFAULT] is no section.
  [[nodiscard]] const Section* find(ByteView name) const noexcept;
  // Those that are called "prefix:name", blanks around the name ignored, in their order.
  [[nodiscard]] std::vector<const Section*> find_called(ByteView prefix, ByteView name) const;
  [[nodiscard]] const std::vector<Section>& sections() const noexcept { return sections_; }
  // [DEFAULT], with "here", the folder of the file, and "__file__".
  [[nodiscard]] const SettingList& defaults() const noexcept { return defaults_; }

  // `text` with each %(name)s replaced by the value of that name: in `section` (which may be null),
  // in [DEFAULT], or handed down from outside. kInvalid names what is wrong.
  base::Status interpolate(ByteView text, const Section* section, const SettingList& handed_down,
                           std::string& value) const;

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] std::string folder() const;

 private:
  friend class IniReader;

  std::string path_;
  SettingList defaults_;
  std::vector<Section> sections_;
  std::map<std::string, std::size_t, std::less<>> places_;       // of the sections, by their names
  std::multimap<std::string, std::size_t, std::less<>> called_;  // the same without those blanks
};

}  // namespace wserve::deploy
