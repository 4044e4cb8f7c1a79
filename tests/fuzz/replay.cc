// Runs a fuzz target over kept inputs: files, or folders of files.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "fuzz/fuzz.h"

namespace {

void collect(const std::filesystem::path& path, std::vector<std::filesystem::path>& files) {
  if (!std::filesystem::is_directory(path)) {
    files.push_back(path);
    return;
  }
  for (const auto& entry : std::filesystem::directory_iterator(path)) {
    collect(entry.path(), files);
  }
}

// A copy of exactly its size, so that a sanitizer sees a read behind it.
bool replay(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<char> bytes((std::istreambuf_iterator<char>(file)), {});
  if (file.bad() || !file.is_open()) {
    std::cerr << path << " cannot be read\n";
    return false;
  }
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::filesystem::path> files;
  for (int i = 1; i < argc; ++i) {
    collect(argv[i], files);
  }
  std::sort(files.begin(), files.end());
  const bool all_read = std::all_of(files.begin(), files.end(), replay);
  std::cout << files.size() << " inputs\n";
  return all_read && !files.empty() ? 0 : 1;
}
