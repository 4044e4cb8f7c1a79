// What can be found out before the server listens: for who asks, and at its start.
#include "base/both.h"
#include "base/temporary_file.h"
#include "base/text.h"
#include "base/writable.h"
#include "observe/access_target.h"
#include "server/make_service.h"
#include "server/read_site_pages.h"
#include "server/server.h"

namespace wserve::server {

using base::Status;

Status Server::check() const {
  const Settings& settings = options_.settings();
  log_->set_level(settings.log_level);
  std::vector<net::ListenSpec> specs;
  Status status = base::both(make_specs(specs), check_temporary_directory());
  http::SitePages pages;
  status = base::both(std::move(status), read_pages(pages));
  if (!settings.access_log.empty()) {
    status = base::both(std::move(status), observe::AccessTarget::try_open(settings.access_log));
  }
  return base::both(std::move(status), check_monitors(specs));
}

// A folder that somebody has named is wanted. The usual one may be missing where nothing is large.
Status Server::check_temporary_directory() const {
  const std::string& named = options_.settings().temporary_directory;
  const std::string folder = base::temporary_folder(named);
  const int error = base::try_folder(folder);
  if (error == 0) {
    return {};
  }
  Status failure =
      base::system_failure(base::concat("temporary_directory ", base::printable(folder)), error);
  if (!named.empty()) {
    return failure;
  }
  log_->write(base::Severity::kWarning,
              base::concat(failure.message(), ": what is too large for memory will be refused"));
  return {};
}

Status Server::read_pages(http::SitePages& pages) const {
  const std::string& folder = options_.settings().error_pages;
  pages = {};
  return folder.empty() ? Status() : read_site_pages(folder, *log_, pages);
}

// An address that is taken is no mistake: its server may be the one that is to be restarted.
Status Server::check_monitors(const std::vector<net::ListenSpec>& taken) const {
  std::vector<net::ListenSpec> specs;
  Status status = make_monitor_specs(taken, specs);
  for (const net::ListenSpec& spec : specs) {
    bool is_taken = false;
    if (status.is_ok() && state_ == State::kNew) {
      status = net::try_to_bind(spec, make_bind_settings(options_.settings()), is_taken);
    }
    if (is_taken) {
      log_->write(base::Severity::kWarning,
                  base::concat(net::named(spec),
                               " is in use: a server on it must have ended when this one starts"));
    }
  }
  return status;
}

}  // namespace wserve::server
