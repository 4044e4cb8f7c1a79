// What filters and applications keep with a request, by name.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"

namespace wserve::app {

// One thread at a time. A request has a few of them at most: they are looked for one by one.
class RequestData {
 public:
  // Called with the data once nobody keeps it any more; null for none.
  using Release = void (*)(void* data);

  RequestData() = default;
  RequestData(const RequestData&) = delete;
  RequestData& operator=(const RequestData&) = delete;
  // Releases all, the youngest first.
  ~RequestData();

  // What the key had before is released. Null data takes the key away.
  void set(base::ByteView key, void* data, Release release);
  // Null when there is none.
  [[nodiscard]] void* get(base::ByteView key) const noexcept;

 private:
  struct Entry {
    std::string key;
    void* data;
    Release release;
  };
  static void let_go(const Entry& entry) noexcept;

  std::vector<Entry> entries_;
};

}  // namespace wserve::app
