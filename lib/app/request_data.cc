// Keeping, finding and releasing the data of a request.
#include "app/request_data.h"

#include <algorithm>
#include <utility>

#include "base/guard.h"

namespace wserve::app {

RequestData::~RequestData() {
  while (!entries_.empty()) {
    const Entry last = std::move(entries_.back());
    entries_.pop_back();
    let_go(last);
  }
}

void RequestData::set(base::ByteView key, void* data, Release release) {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& entry) { return entry.key == key; });
  if (found == entries_.end()) {
    if (data != nullptr) {
      entries_.push_back({std::string(key), data, release});
    }
    return;
  }
  // Out of the list before its release is called, which may set others.
  Entry old{{}, std::exchange(found->data, data), std::exchange(found->release, release)};
  if (data == nullptr) {
    entries_.erase(found);
  }
  let_go(old);
}

void* RequestData::get(base::ByteView key) const noexcept {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& entry) { return entry.key == key; });
  return found != entries_.end() ? found->data : nullptr;
}

void RequestData::let_go(const Entry& entry) noexcept {
  if (entry.release != nullptr) {
    static_cast<void>(base::guarded([&]() -> base::Status {
      entry.release(entry.data);
      return {};
    }));
  }
}

}  // namespace wserve::app
