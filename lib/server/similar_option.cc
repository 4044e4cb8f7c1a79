// Counting the letters that must change.
#include "server/similar_option.h"

#include <algorithm>
#include <vector>

#include "server/option_table.h"

namespace wserve::server {

namespace {

using base::ByteView;

// Longer ones are nobody's slip of a key.
constexpr std::size_t kMaxName = 64;

// How many letters must be put in, left out or exchanged, or neighbours swapped.
std::size_t distance(ByteView a, ByteView b) {
  std::vector<std::size_t> before_last(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t i = 0; i <= b.size(); ++i) {
    last[i] = i;
  }
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before_last[j - 2] + 1);
      }
    }
    before_last.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

}  // namespace

const char* similar_option(ByteView name) {
  if (name.size() > kMaxName) {
    return nullptr;
  }
  std::string wanted = base::lower_case(name);
  std::replace(wanted.begin(), wanted.end(), '-', '_');
  const char* nearest = nullptr;
  // A third of a name may be wrong, and three letters at most.
  std::size_t min = std::min<std::size_t>(wanted.size() / 3, 3) + 1;
  for (const Option& option : option_table()) {
    if (const std::size_t letters = distance(wanted, option.name); letters < min) {
      min = letters;
      nearest = option.name;
    }
  }
  return nearest;
}

}  // namespace wserve::server
