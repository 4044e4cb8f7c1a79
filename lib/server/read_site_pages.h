// The folder that the option error_pages names.
#pragma once

#include "base/log.h"
#include "base/status.h"
#include "http/site_pages.h"

namespace wserve::server {

// 404.html, 503.json, 5xx.txt and the like. kSystem for what cannot be read, kInvalid for a page of
// too many bytes or of an ending that has no media type, kConflict for two pages of one name; files
// that are named otherwise are told to the log.
base::Status read_site_pages(const std::string& folder, base::Log& log, http::SitePages& pages);

}  // namespace wserve::server
