// Finding the folders of this process's control groups.
#include "base/control_groups.h"

#include <algorithm>
#include <fstream>
#include <optional>
#include <sstream>

#include "base/bytes.h"

namespace wserve::base {

namespace {

bool has_word(ByteView list, ByteView word) noexcept {
  while (!list.empty()) {
    if (take_until(list, ',') == word) {
      return true;
    }
  }
  return false;
}

// Where a hierarchy of control groups is mounted, and which of them is on top there.
struct Hierarchy {
  bool is_version_2;
  std::string top;
  std::string folder;
};

// proc(5), mountinfo: "36 35 98:0 TOP FOLDER OPTIONS [TAGS] - TYPE SOURCE SUPER_OPTIONS".
std::optional<Hierarchy> read_mount(const std::string& line, ByteView controller) {
  std::istringstream words(line);
  std::string word;
  std::string top;
  std::string folder;
  words >> word >> word >> word >> top >> folder;
  while (words >> word && word != "-") {
  }
  std::string type;
  std::string options;
  words >> type >> word >> options;
  if (type == "cgroup2" || (type == "cgroup" && has_word(options, controller))) {
    return Hierarchy{type == "cgroup2", top, folder};
  }
  return std::nullopt;
}

// cgroups(7): "0::/PATH" of version 2, "4:cpu,cpuacct:/PATH" of version 1.
std::string own_group(const std::string& root, bool is_version_2, ByteView controller) {
  std::ifstream groups(root + "/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    ByteView rest = line;
    const ByteView number = take_until(rest, ':');
    const ByteView controllers = take_until(rest, ':');
    if (is_version_2 ? number == "0" && controllers.empty() : has_word(controllers, controller)) {
      return std::string(rest);
    }
  }
  return "/";
}

// The strictest limit of a group and of all above it, as far as they can be seen.
std::uint64_t limit_in(const std::string& root, const Hierarchy& hierarchy, ByteView controller,
                       const GroupLimit& read) {
  std::string group = own_group(root, hierarchy.is_version_2, controller);
  if (hierarchy.top != "/" && group.starts_with(hierarchy.top)) {
    group.erase(0, hierarchy.top.size());
  }
  if (group.find("/..") != std::string::npos) {
    group.clear();  // it lies outside of what this process sees
  }
  std::uint64_t min = kNoGroupLimit;
  for (;;) {
    min = std::min(min, read(root + hierarchy.folder + group, hierarchy.is_version_2));
    const std::size_t slash = group.rfind('/');
    if (slash == std::string::npos) {
      return min;
    }
    group.erase(slash);
  }
}

}  // namespace

std::uint64_t min_group_limit(const std::string& root, ByteView controller,
                              const GroupLimit& read) {
  std::uint64_t min = kNoGroupLimit;
  std::ifstream mounts(root + "/proc/self/mountinfo");
  for (std::string line; std::getline(mounts, line);) {
    if (const auto hierarchy = read_mount(line, controller)) {
      min = std::min(min, limit_in(root, *hierarchy, controller, read));
    }
  }
  return min;
}

std::optional<std::uint64_t> first_number_in(const std::string& path) {
  std::ifstream file(path);
  std::string word;
  std::uint64_t number = 0;
  file >> word;
  return parse_digits(word, number) == NumberError::kNone ? std::optional(number) : std::nullopt;
}

}  // namespace wserve::base
