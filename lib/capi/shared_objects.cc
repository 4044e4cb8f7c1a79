// dlopen(), and the open and close functions of a plugin; those of the library's own filters.
#include "capi/shared_objects.h"

#include <dlfcn.h>

#include <array>
#include <cstring>

#include <wserve/plugin.h>

#include "base/text.h"
#include "capi/callbacks.h"
#include "capi/status_names.h"
#include "filters/compress.h"

namespace wserve::capi {

using base::Code;
using base::concat;
using base::Status;
using deploy::PluginOrder;
using deploy::SettingList;

namespace {

// What a plugin exports under three names.
struct PluginFunctions {
  void* function = nullptr;
  ws_app_open_fn open = nullptr;
  ws_app_close_fn close = nullptr;
};

template <typename Function>
Function to_function(void* symbol) noexcept {
  return reinterpret_cast<Function>(symbol);  // POSIX promises that for dlsym()
}

Status find_own(const std::string& name, PluginFunctions& found) {
  if (name != "compress") {
    return {Code::kUnknown, concat("the library has no filter ", name)};
  }
  found = {reinterpret_cast<void*>(filters::compress), filters::compress_open,
           filters::compress_close};
  return {};
}

template <typename Function>
Function find(void* object, const std::string& symbol) noexcept {
  return to_function<Function>(::dlsym(object, symbol.c_str()));
}

Status find_in_object(const PluginOrder& order, PluginFunctions& found) {
  void* object = ::dlopen(order.path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (object == nullptr) {
    return {Code::kUnknown,
            ::dlerror()};  // NOLINT(concurrency-mt-unsafe): glibc keeps it by thread
  }
  found = {::dlsym(object, order.symbol.c_str()),
           find<ws_app_open_fn>(object, order.symbol + "_open"),
           find<ws_app_close_fn>(object, order.symbol + "_close")};
  return found.function != nullptr
             ? Status()
             : Status(Code::kUnknown, concat("Entry point '", order.symbol, "' not found: ",
                                             order.path, " has no function ", order.symbol));
}

// A function out of a shared object or of the library, and what it is called with.
class Plugin {
 public:
  Plugin() = default;
  Plugin(const Plugin&) = delete;
  Plugin& operator=(const Plugin&) = delete;
  ~Plugin() {
    if (close_ != nullptr) {
      close_(data_);
    }
  }

  Status open(const PluginOrder& order) {
    PluginFunctions found;
    Status opened =
        order.path.empty() ? find_own(order.symbol, found) : find_in_object(order, found);
    opened = opened.is_ok() ? prepare(found.open, order) : opened;
    if (opened.is_ok()) {
      function_ = found.function;
      close_ = found.close;
    }
    return opened;
  }

  template <typename Function>
  [[nodiscard]] Function function() const noexcept {
    return to_function<Function>(function_);
  }
  [[nodiscard]] void* data() const noexcept { return data_; }

 private:
  Status prepare(ws_app_open_fn opener, const PluginOrder& order) {
    if (opener == nullptr) {
      return order.settings.is_empty()
                 ? Status()
                 : Status(Code::kUnknown, concat(order.symbol, " takes no settings, got ",
                                                 order.settings.begin()->name));
    }
    std::array<char, 512> problem{};
    const ws_status status =
        opener(pairs_of(order.settings).data(), pairs_of(order.defaults).data(), &data_,
               problem.data(), problem.size());
    problem.back() = '\0';
    const bool has_text = problem.front() != '\0';
    return status == WS_OK
               ? Status()
               : Status(static_cast<Code>(status),
                        has_text ? std::string(problem.data())
                                 : concat("it cannot be opened (", ws_status_name(status), ')'));
  }

  // name, value, name, value, ..., NULL
  static std::vector<const char*> pairs_of(const SettingList& settings) {
    std::vector<const char*> pairs;
    for (const deploy::Setting& one : settings) {
      pairs.push_back(one.name.c_str());
      pairs.push_back(one.value.c_str());
    }
    pairs.push_back(nullptr);
    return pairs;
  }

  void* function_ = nullptr;
  void* data_ = nullptr;
  ws_app_close_fn close_ = nullptr;
};

class PluginApp final : public app::Application {
 public:
  explicit PluginApp(std::unique_ptr<Plugin> plugin)
      : plugin_(std::move(plugin)), app_(plugin_->function<ws_app_fn>(), plugin_->data()) {}

  Status handle(app::Exchange& exchange) override { return app_.handle(exchange); }

 private:
  const std::unique_ptr<Plugin> plugin_;
  CallbackApp app_;
};

class PluginFilter final : public app::Filter {
 public:
  explicit PluginFilter(std::unique_ptr<Plugin> plugin)
      : plugin_(std::move(plugin)), filter_(plugin_->function<ws_filter_fn>(), plugin_->data()) {}

  Status handle(app::Exchange& exchange, app::Application& next) override {
    return filter_.handle(exchange, next);
  }

 private:
  const std::unique_ptr<Plugin> plugin_;
  CallbackFilter filter_;
};

}  // namespace

Status SharedObjects::open_app(const PluginOrder& order,
                               std::unique_ptr<app::Application>& application) {
  auto plugin = std::make_unique<Plugin>();
  Status opened = plugin->open(order);
  if (opened.is_ok()) {
    application = std::make_unique<PluginApp>(std::move(plugin));
  }
  return opened;
}

Status SharedObjects::open_filter(const PluginOrder& order, std::unique_ptr<app::Filter>& filter) {
  auto plugin = std::make_unique<Plugin>();
  Status opened = plugin->open(order);
  if (opened.is_ok()) {
    filter = std::make_unique<PluginFilter>(std::move(plugin));
  }
  return opened;
}

}  // namespace wserve::capi
