// Finding shared objects by the name of an application.
#include "deploy/app_path.h"

#include <dlfcn.h>
#include <unistd.h>

#include <cstdlib>

#include "base/text.h"

namespace wserve::deploy {

using base::ByteView;

namespace {

// The library knows its own file by any of its symbols.
std::string bundled_folder() {
  static const char marker = '\0';
  Dl_info info{};
  if (::dladdr(&marker, &info) == 0 || info.dli_fname == nullptr) {
    return {};
  }
  const ByteView file = info.dli_fname;
  const std::size_t slash = file.rfind('/');
  return slash == ByteView::npos ? std::string("./wserve")
                                 : base::concat(file.substr(0, slash), "/wserve");
}

std::optional<std::string> find_in(const std::string& folder, ByteView name) {
  for (const char* prefix : {"", "lib"}) {
    std::string path = base::concat(folder, '/', prefix, name, ".so");
    if (::access(path.c_str(), R_OK) == 0) {
      return path;
    }
  }
  return std::nullopt;
}

}  // namespace

AppPath::AppPath(const std::vector<std::string>& folders) : folders_(folders) {
  const char* listed = ::secure_getenv("WSERVE_APP_PATH");
  ByteView rest = listed != nullptr ? listed : "";
  while (!rest.empty()) {
    const ByteView folder = base::take_until(rest, ':');
    if (!folder.empty()) {
      folders_.emplace_back(folder);
    }
  }
  folders_.push_back(bundled_folder());
}

std::optional<std::string> AppPath::find(ByteView name) const {
  for (const std::string& folder : folders_) {
    if (auto path = find_in(folder, name)) {
      return path;
    }
  }
  return std::nullopt;
}

std::optional<std::string> AppPath::find_bundled(ByteView name) const {
  return find_in(folders_.back(), name);
}

std::string AppPath::text() const {
  std::string text;
  for (const std::string& folder : folders_) {
    text += base::concat(text.empty() ? "" : ", ", folder);
  }
  return text;
}

}  // namespace wserve::deploy
