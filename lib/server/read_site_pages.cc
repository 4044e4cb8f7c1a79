// All of a small folder, once.
#include "server/read_site_pages.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <vector>

#include "base/read_file.h"
#include "base/text.h"

namespace wserve::server {

using base::ByteView;
using base::Code;
using base::Status;

namespace {

// Whoever is rejected before he has a connection gets a page in one send.
constexpr std::size_t kMaxBytes = 16384;

struct MediaType {
  ByteView ending;
  ByteView type;
};
constexpr std::array kMediaTypes = {
    MediaType{".html", "text/html; charset=utf-8"},
    MediaType{".json", "application/json"},
    MediaType{".txt", "text/plain; charset=utf-8"},
    MediaType{".xml", "application/xml"},
};

Status read_page(const std::filesystem::path& path, http::SitePages& pages) {
  const std::string ending = path.extension();
  const auto* type = std::find_if(kMediaTypes.begin(), kMediaTypes.end(),
                                  [&](const MediaType& one) { return one.ending == ending; });
  if (type == kMediaTypes.end()) {
    return {Code::kInvalid, base::concat("error_pages: ", path.string(),
                                         " must end in .html, .json, .txt or .xml")};
  }
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    return {Code::kInvalid, base::concat("error_pages: ", path.string(), " is no file")};
  }
  http::SitePage page{.type = std::string(type->type), .body = {}};
  if (Status read = base::read_file(path, kMaxBytes, page.body); !read.is_ok()) {
    return {read.code(), base::concat("error_pages: ", read.message())};
  }
  return pages.add(path.stem().string(), std::move(page))
             ? Status()
             : Status(Code::kConflict,
                      base::concat("error_pages: there is another page beside ", path.string()));
}

}  // namespace

Status read_site_pages(const std::string& folder, base::Log& log, http::SitePages& pages) {
  std::error_code error;
  std::filesystem::directory_iterator files(folder, error);
  std::vector<std::filesystem::path> paths;  // in an order that does not change
  for (; !error && files != std::filesystem::directory_iterator(); files.increment(error)) {
    paths.push_back(files->path());
  }
  if (error) {
    return base::system_failure(base::concat("error_pages ", base::printable(folder)),
                                error.value());
  }
  std::sort(paths.begin(), paths.end());
  for (const std::filesystem::path& path : paths) {
    if (!http::SitePages::is_name(path.stem().string())) {
      log.write(base::Severity::kWarning,
                base::concat("error_pages: ", base::printable(path.string()),
                             " is not named by a status, such as 404.html or 5xx.html"));
    } else if (Status read = read_page(path, pages); !read.is_ok()) {
      return read;
    }
  }
  return {};
}

}  // namespace wserve::server
