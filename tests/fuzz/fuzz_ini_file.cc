// Ini files: any text; every value of what is one is interpolated.
#include "deploy/ini_file.h"
#include "fuzz/fuzz.h"

using namespace wserve;
using namespace wserve::fuzz;

namespace {

// A failure says why, in one line.
void expect_clear(const base::Status& status) {
  const ByteView text = status.message();
  EXPECT(status.is_ok() || !text.empty());
  EXPECT(text.find('\n') == ByteView::npos && text.find('\r') == ByteView::npos);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Input input(data, size);
  deploy::IniFile file;
  const base::Status parsed = deploy::IniFile::parse(input.rest(), "/folder/some.ini", file);
  expect_clear(parsed);
  if (!parsed.is_ok()) {
    return 0;
  }
  EXPECT(file.folder() == "/folder");
  deploy::SettingList handed_down;
  handed_down.set("outside", "value");
  for (const deploy::IniFile::Section& section : file.sections()) {
    EXPECT(file.find(section.name) != nullptr);
    for (const auto& setting : section.values) {
      std::string value;
      expect_clear(file.interpolate(setting.value, &section, handed_down, value));
    }
  }
  return 0;
}
