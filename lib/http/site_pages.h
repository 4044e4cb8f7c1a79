// A site's own pages, in the place of those that the server makes.
#pragma once

#include <map>
#include <string>

#include "base/bytes.h"

namespace wserve::http {

struct SitePage {
  std::string type;  // Content-Type
  std::string body;
};

// Constant once requests come.
class SitePages {
 public:
  // `name` is a status, or "4xx" or "5xx" for those that have none of their own. False for anything
  // else.
  [[nodiscard]] static bool is_name(base::ByteView name) noexcept;

  // False when there is one of that name.
  [[nodiscard]] bool add(base::ByteView name, SitePage page) {
    return pages_.emplace(std::string(name), std::move(page)).second;
  }

  // Null: the site has none.
  [[nodiscard]] const SitePage* find(int status) const;

 private:
  std::map<std::string, SitePage> pages_;
};

}  // namespace wserve::http
