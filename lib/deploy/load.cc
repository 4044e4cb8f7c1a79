// One server from one URI.
#include "deploy/load.h"

#include "base/both.h"
#include "base/text.h"
#include "deploy/builder.h"
#include "deploy/file_reference.h"
#include "deploy/ini_file.h"

namespace wserve::deploy {

using base::Code;
using base::concat;
using base::Status;

namespace {

constexpr ByteView kConfig = "config:";

bool is_ini_file(ByteView what) noexcept {
  return what.starts_with(kConfig) || what.substr(0, what.find('#')).ends_with(".ini");
}

// Percent signs are codes in a URI, and nothing special in a plain path.
FileReference find_file(ByteView what) {
  if (what.starts_with(kConfig)) {
    return read_file_reference(what.substr(kConfig.size()), "");
  }
  FileReference reference;
  reference.path = base::take_until(what, '#');
  reference.name = what.empty() ? "main" : what;
  return reference;
}

// One file, and the object in it that is asked for.
struct Deployment {
  std::shared_ptr<IniFile> file = std::make_shared<IniFile>();
  std::string name;
  const SettingList& handed_down;

  Status read(ByteView what) {
    const FileReference reference = find_file(what);
    name = reference.name;
    return IniFile::read(reference.path, *file);
  }

  // A server section of the application's name goes before [server:main].
  Status set_options(server::Server& server) const {
    const char* server_name = has_object(Kind::kServer, *file, name) ? name.c_str() : "main";
    Context context;
    if (Status status = read_object(Kind::kServer, file, server_name, handed_down, context);
        !status.is_ok()) {
      return status;
    }
    if (!is_server(context.factory)) {
      return {Code::kUnknown, concat('[', context.section, "] in ", file->path(),
                                     ": the server must be egg:wserve#main or egg:waitress#main")};
    }
    Status all;
    for (const Setting& option : context.local) {
      all = base::both(std::move(all), server.set_from_file(option.name, option.value));
    }
    return all.is_ok() ? all
                       : Status(all.code(), concat('[', context.section, "] in ", file->path(),
                                                   ": ", all.message()));
  }

  static bool is_server(const Factory& factory) noexcept {
    return factory.scheme == "egg" && factory.entry == "main" &&
           (factory.name == "wserve" || factory.name == "waitress");
  }
};

// The application of a context, found along the server's application path.
Status build(const server::Server& server, Plugins& plugins, const Context& context,
             std::unique_ptr<app::Application>& application) {
  const AppPath app_path(server.app_path());
  return Builder(app_path, plugins).build_app(context, application);
}

// "NAME", "LIB.so" or "LIB.so:SYMBOL"; with a slash it is a path.
Status read_application(ByteView what, const AppPath& app_path, Factory& factory) {
  const std::size_t colon = what.rfind(':');
  const bool has_symbol = colon != ByteView::npos && what.find('/', colon) == ByteView::npos;
  const ByteView name = what.substr(0, has_symbol ? colon : what.size());
  factory.scheme = "call";
  factory.entry = has_symbol ? what.substr(colon + 1) : ByteView("wserve_app");
  factory.name = name;
  if (name.find('/') == ByteView::npos) {
    const auto found = app_path.find(name);
    if (!found) {
      return {Code::kUnknown,
              concat("there is no ", name, ".so or lib", name, ".so on the application path (",
                     app_path.text(), "); a path to a shared object needs a slash")};
    }
    factory.name = *found;
  }
  return {};
}

Status load_file(server::Server& server, Plugins& plugins, ByteView what,
                 const SettingList& settings) {
  Deployment deployment{.name = {}, .handed_down = settings};
  if (Status read = deployment.read(what); !read.is_ok()) {
    return read;
  }
  Status options = deployment.set_options(server);
  Context context;
  std::unique_ptr<app::Application> application;
  Status built = read_object(Kind::kApp, deployment.file, deployment.name, settings, context);
  built = built.is_ok() ? build(server, plugins, context, application) : built;
  Status all = base::both(std::move(options), std::move(built));
  return all.is_ok() ? server.set_application(std::move(application)) : all;
}

Status load_application(server::Server& server, Plugins& plugins, ByteView what,
                        const SettingList& settings) {
  Context context;
  Status status = what.starts_with("egg:")
                      ? read_uri(Kind::kApp, what, "", {}, context)
                      : read_application(what, AppPath(server.app_path()), context.factory);
  context.local = settings;
  std::unique_ptr<app::Application> application;
  status = status.is_ok() ? build(server, plugins, context, application) : status;
  status = status.is_ok() ? server.set_application(std::move(application)) : status;
  return status.is_ok()
             ? status
             : Status(status.code(), concat("application \"", what, "\": ", status.message()));
}

}  // namespace

Status load(server::Server& server, Plugins& plugins, ByteView what, const SettingList& settings) {
  return is_ini_file(what) ? load_file(server, plugins, what, settings)
                           : load_application(server, plugins, what, settings);
}

Status load_options(server::Server& server, ByteView file, const SettingList& settings) {
  Deployment deployment{.name = {}, .handed_down = settings};
  Status status = deployment.read(file);
  return status.is_ok() ? deployment.set_options(server) : status;
}

Status load_settings(server::Server& server, Plugins& plugins, ByteView file,
                     const SettingList& settings) {
  Deployment deployment{.name = {}, .handed_down = settings};
  if (Status read = deployment.read(file); !read.is_ok()) {
    return read;
  }
  Status options = deployment.set_options(server);
  Context context;
  Status built = read_object(Kind::kApp, deployment.file, deployment.name, settings, context);
  const AppPath app_path(server.app_path());
  Filters filters;
  std::optional<bool> streams;
  built =
      built.is_ok() ? Builder(app_path, plugins).build_filters(context, filters, streams) : built;
  Status status = base::both(std::move(options), std::move(built));
  if (status.is_ok() && streams) {
    status = server.set_from_file("body_streaming", *streams ? "true" : "false");
  }
  for (auto& filter : filters) {
    status = status.is_ok() ? server.add_filter(std::move(filter)) : status;
  }
  return status;
}

}  // namespace wserve::deploy
