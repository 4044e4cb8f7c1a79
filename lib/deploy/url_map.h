// Several applications in one: each below a path, or for a host.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/application.h"
#include "base/bytes.h"

namespace wserve::deploy {

// Paste's urlmap. The longest path that the request's path begins with, as whole segments, decides;
// it moves from PATH_INFO to the end of SCRIPT_NAME. A mapping for the request's host goes before
// one for every host. Where nothing matches, `not_found_app` answers, else 404.
class UrlMap final : public app::Application {
 public:
  // `where`: "/path", "http://host/path", "domain HOST /path" or "domain HOST port PORT /path".
  // kInvalid when it is none of these, or there already.
  base::Status add(base::ByteView where, std::unique_ptr<app::Application> application);
  void set_not_found(std::unique_ptr<app::Application> application) {
    not_found_ = std::move(application);
  }

  base::Status handle(app::Exchange& exchange) override;
  std::optional<bool> streams(app::Exchange& exchange, gateway::Environ& environ) override;
  [[nodiscard]] bool chooses_streams() const noexcept override;

 private:
  struct Mapping {
    std::string host;  // lower case, with ":PORT" if that was given; empty: every host
    std::string path;  // "/blog"; empty: every path
    std::unique_ptr<app::Application> application;
  };

  static bool read_where(base::ByteView where, Mapping& mapping);
  // Moves the path on, into the application that is returned; null when there is none.
  [[nodiscard]] app::Application* descend(gateway::Environ& environ) const;
  // `authority`: the host with its port, or with the scheme's.
  [[nodiscard]] app::Application* find(base::ByteView authority, base::ByteView path,
                                       std::size_t& matched) const noexcept;

  std::vector<Mapping> mappings_;  // in the order in which they are tried
  std::unique_ptr<app::Application> not_found_;
};

}  // namespace wserve::deploy
