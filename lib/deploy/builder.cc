// From factories to objects.
#include "deploy/builder.h"

#include "base/both.h"
#include "base/text.h"
#include "deploy/named_filter.h"
#include "deploy/url_map.h"
#include "server/option_values.h"

namespace wserve::deploy {

using base::Code;
using base::concat;
using base::Status;

namespace {

constexpr const char* kDefaultSymbol = "wserve_app";
// An option of the server that the section of an application may set for this application alone.
constexpr const char* kStreaming = "body_streaming";
constexpr const char* kStreamingToo = "body-streaming";

// Filters and the application behind them, all owned.
class Deployed final : public app::Application {
 public:
  Deployed(std::unique_ptr<app::Application> end, Filters filters) : end_(std::move(end)) {
    for (auto& filter : filters) {
      pipeline_.add(std::move(filter));
    }
  }

  Status handle(app::Exchange& exchange) override { return pipeline_.handle(exchange); }
  std::optional<bool> streams(app::Exchange& exchange, gateway::Environ& environ) override {
    return pipeline_.streams(exchange, environ);
  }
  [[nodiscard]] bool chooses_streams() const noexcept override {
    return pipeline_.chooses_streams();
  }

 private:
  const std::unique_ptr<app::Application> end_;
  app::Pipeline pipeline_{*end_};
};

// An application whose section says how bodies come to it.
class WithBodies final : public app::Application {
 public:
  WithBodies(std::unique_ptr<app::Application> application, bool are_streamed) noexcept
      : application_(std::move(application)), are_streamed_(are_streamed) {}

  Status handle(app::Exchange& exchange) override { return application_->handle(exchange); }
  std::optional<bool> streams(app::Exchange& /*exchange*/, gateway::Environ& /*environ*/) override {
    return are_streamed_;
  }
  [[nodiscard]] bool chooses_streams() const noexcept override { return true; }

 private:
  const std::unique_ptr<app::Application> application_;
  const bool are_streamed_;
};

// Takes it out of the settings; nothing where they do not say it.
Status take_streaming(SettingList& local, std::optional<bool>& streams) {
  const server::Option& option = *server::find_option(kStreaming);
  Status status;
  for (const char* name : {kStreaming, kStreamingToo}) {
    if (const auto given = local.take(name); given && status.is_ok()) {
      bool value = false;
      status = server::read_bool(option, *given, value);
      streams = value;
    }
  }
  return status;
}

bool is_own_filter(const Factory& factory) noexcept {
  const bool is_pastes = factory.name == "PasteDeploy" && factory.entry == "prefix";
  return factory.scheme == "egg" &&
         (is_pastes || (factory.name == "wserve" && is_named_filter(factory.entry)));
}

// "[app:main] in FILE: what is wrong"
Status in_section(const Context& context, const Status& status) {
  if (status.is_ok() || context.section.empty()) {
    return status;
  }
  const std::string* file = context.global.find("__file__");
  return {status.code(), concat('[', context.section, "] in ", *file, ": ", status.message())};
}

std::string text_of(const Factory& factory) {
  return concat(factory.scheme, ':', factory.name, factory.scheme == "egg" ? '#' : ':',
                factory.entry);
}

}  // namespace

Status Builder::build_app(const Context& context, std::unique_ptr<app::Application>& application) {
  Filters filters;
  const Context* innermost = &context;
  Status built = collect(context, filters, innermost);
  built = base::both(std::move(built), build_one_app(*innermost, application));
  if (!built.is_ok() || filters.empty()) {
    return built;
  }
  application = std::make_unique<Deployed>(std::move(application), std::move(filters));
  return {};
}

Status Builder::build_filters(const Context& context, Filters& filters,
                              std::optional<bool>& streams) {
  const Context* innermost = &context;
  Status collected = collect(context, filters, innermost);
  if (collected.is_ok() && is_url_map(innermost->factory)) {
    return in_section(*innermost, {Code::kInvalid,
                                   "a composite cannot stand in front of an "
                                   "application of the program"});
  }
  SettingList local = innermost->local;
  return base::both(std::move(collected), in_section(*innermost, take_streaming(local, streams)));
}

Status Builder::collect(const Context& context, Filters& filters, const Context*& innermost) {
  Status all;
  for (const Context& filter : context.filters) {
    all = base::both(std::move(all), add_filter(filter, filters));
  }
  innermost = &context;
  return context.behind ? base::both(std::move(all), collect(*context.behind, filters, innermost))
                        : all;
}

// A filter may have filters of its own in front ("filter-with").
Status Builder::add_filter(const Context& context, Filters& filters) {
  for (const Context& outer : context.filters) {
    if (Status added = add_filter(outer, filters); !added.is_ok()) {
      return added;
    }
  }
  std::unique_ptr<app::Filter> filter;
  Status built;
  if (is_own_filter(context.factory)) {
    built = make_named_filter(context.factory.entry, context.local, plugins_, filter);
  } else {
    std::string path;
    std::string symbol;
    built = find_plugin(context, path, symbol);
    built = built.is_ok()
                ? plugins_.open_filter({path, symbol, context.local, context.global}, filter)
                : built;
  }
  if (built.is_ok()) {
    filters.push_back(std::move(filter));
  }
  return in_section(context, built);
}

Status Builder::build_one_app(const Context& context,
                              std::unique_ptr<app::Application>& application) {
  if (is_url_map(context.factory)) {
    return build_url_map(context, application);
  }
  std::string path;
  std::string symbol;
  std::optional<bool> streams;
  SettingList local = context.local;
  Status status = take_streaming(local, streams);
  status = status.is_ok() ? find_plugin(context, path, symbol) : status;
  status = status.is_ok() ? plugins_.open_app({path, symbol, local, context.global}, application)
                          : status;
  if (status.is_ok() && streams) {
    application = std::make_unique<WithBodies>(std::move(application), *streams);
  }
  return in_section(context, status);
}

Status Builder::build_url_map(const Context& context,
                              std::unique_ptr<app::Application>& application) {
  auto map = std::make_unique<UrlMap>();
  Status all;
  for (const Mapping& mapping : context.mappings) {
    std::unique_ptr<app::Application> mapped;
    if (Status built = build_app(mapping.app, mapped); !built.is_ok()) {
      all = base::both(std::move(all), std::move(built));
    } else if (mapping.path == "not_found_app") {
      map->set_not_found(std::move(mapped));
    } else {
      all = base::both(std::move(all),
                       in_section(context, map->add(mapping.path, std::move(mapped))));
    }
  }
  application = std::move(map);
  return all;
}

Status Builder::find_plugin(const Context& context, std::string& path, std::string& symbol) const {
  const Factory& factory = context.factory;
  const bool is_ours = factory.scheme == "egg" && factory.name == "wserve";
  symbol = is_ours || factory.entry == "main" ? kDefaultSymbol : factory.entry;
  if (factory.scheme == "call") {
    symbol = factory.entry;
    path = factory.name;
    return {};
  }
  const std::string& name = is_ours ? factory.entry : factory.name;
  const auto found = name.find('/') != std::string::npos ? std::nullopt
                     : is_ours                           ? app_path_.find_bundled(name)
                                                         : app_path_.find(name);
  if (!found) {
    return {Code::kUnknown, concat(text_of(factory), ": there is no ", name, ".so or lib", name,
                                   ".so on the application path (", app_path_.text(), ')')};
  }
  path = *found;
  return {};
}

}  // namespace wserve::deploy
