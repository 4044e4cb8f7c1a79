/* The C interface, pleasant from C++17: handles that free themselves, callbacks that are any
 * callable, failures that are exceptions. With -fno-exceptions each call that can fail returns a
 * ws_status in place of nothing, and so do applications, filters and hooks. Header-only, and
 * nothing in it is more than the C functions it calls. */
#ifndef WSERVE_WSERVE_HPP
#define WSERVE_WSERVE_HPP

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <initializer_list>
#include <list>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <wserve/form.hpp>
#include <wserve/request.hpp>

WSERVE_BEGIN_NAMESPACE

/** A server; freed with this object, after it was stopped and has stopped. One that is turned ends
 * on the thread that turns it. */
class Server {
 public:
  using App = std::function<Result(Request)>;
  /** Calls what is behind it with `next(request)`, or answers by itself. */
  using Next = std::function<Result(Request)>;
  using Filter = std::function<Result(Request, const Next&)>;
  using Log = std::function<void(ws_severity, std::string_view)>;
  using OnDone = std::function<void(Done)>;

  /** Options by name: Server({{"listen", "127.0.0.1:8080"}, {"threads", "8"}}) */
  Server(std::initializer_list<std::pair<const char*, const char*>> options = {})
      : handle_(ws_server_new()) {
    status_ = check(handle_ != nullptr ? WS_OK : WS_ENOMEM);
    for (auto option = options.begin(); option != options.end() && status_ == WS_OK; ++option) {
      status_ = check(ws_server_set(handle_.get(), option->first, option->second));
    }
  }
  /** What has become of it and those options: with exceptions never anything but WS_OK. Without,
   * a server that is not what it was to be does not serve: it gives this status instead. */
  [[nodiscard]] ws_status status() const noexcept { return status_; }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server() {
    ws_server_drain(handle_.get(), 0);
    ws_server_join(handle_.get());
  }

  [[nodiscard]] ws_server* handle() const noexcept { return handle_.get(); }

  Result set(const char* name, const char* value) {
    return result(ws_server_set(handle_.get(), name, value));
  }

  /** Takes over the options of another server, which does not listen, that may change. */
  Result reconfigure(const Server& wanted) {
    return result(ws_server_reconfigure(handle_.get(), wanted.handle_.get()));
  }

  /** Text of an option; nothing when there is no such option. */
  [[nodiscard]] std::optional<std::string_view> get(const char* name) const {
    const char* value = ws_server_get(handle_.get(), name);
    return value != nullptr ? std::optional<std::string_view>(value) : std::nullopt;
  }
  Result use_named(const char* name, const char* settings = nullptr) {
    return result(ws_server_use_named(handle_.get(), name, settings));
  }
  Result load(const char* name, const char* settings = nullptr) {
    return result(ws_server_load(handle_.get(), name, settings));
  }
  Result load_settings(const char* name, const char* settings = nullptr) {
    return result(ws_server_load_settings(handle_.get(), name, settings));
  }
  Result load_options(const char* name, const char* settings = nullptr) {
    return result(ws_server_load_options(handle_.get(), name, settings));
  }
  Result check_options() { return result(is_made() ? ws_server_check(handle_.get()) : status_); }
  [[nodiscard]] std::int64_t stat(const char* name) const {
    return ws_server_stat(handle_.get(), name);
  }
  /** What would be believed of these fields, lines of `name: value`, from this peer. */
  [[nodiscard]] std::string explain_proxy(const char* peer, const char* fields) const {
    std::string text(ws_server_explain_proxy(handle_.get(), peer, fields, nullptr, 0) + 1, '\0');
    text.resize(ws_server_explain_proxy(handle_.get(), peer, fields, text.data(), text.size()));
    return text;
  }
  /** A filter; the first that was given sees a request first. */
  Result use(Filter filter) {
    filters_.push_back(std::move(filter));
    const ws_status used = ws_server_use(handle_.get(), call_filter, &filters_.back());
    if (used < 0) {
      filters_.pop_back();
    }
    return result(used);
  }
  /** Sees each request at its head, on the thread of an event loop; an empty function is none. */
  Result on_head(App head) {
    return keep(ws_server_on_head(handle_.get(), head ? call_head : nullptr, this), head_,
                std::move(head));
  }

  /** Sees each answer before its head goes out, and may change its fields; an empty function is
   * none. */
  Result on_answer(App answer) {
    return keep(ws_server_on_answer(handle_.get(), answer ? call_answer : nullptr, this), answer_,
                std::move(answer));
  }

  /** An exception of the application, or its status, becomes a 500, what() a line of the log. */
  Result set_app(App app) {
    return keep(ws_server_set_app(handle_.get(), app ? call_app : nullptr, this), app_,
                std::move(app));
  }
  /** An empty function stands for standard error. */
  Result set_log(Log log) {
    return keep(ws_server_set_log(handle_.get(), log ? call_log : nullptr, this), log_,
                std::move(log));
  }

  /** Told of each request that has ended; an exception ends with that call. */
  Result on_done(OnDone on_done) {
    return keep(ws_server_on_done(handle_.get(), on_done ? call_done : nullptr, this), on_done_,
                std::move(on_done));
  }

  Result listen() { return result(is_made() ? ws_server_listen(handle_.get()) : status_); }
  [[nodiscard]] int port(std::size_t index = 0) const {
    return ws_server_port(handle_.get(), index);
  }
  [[nodiscard]] std::string address(std::size_t index = 0) const {
    const char* text = ws_server_address(handle_.get(), index);
    return text != nullptr ? text : "";
  }
  Result run() { return result(is_made() ? ws_server_run(handle_.get()) : status_); }
  Result start() { return result(is_made() ? ws_server_start(handle_.get()) : status_); }
  Result join() { return result(ws_server_join(handle_.get())); }
  /** In turns of an event loop of the program's own, see fd(); false when the server has stopped.
   * What goes wrong is thrown, or without exceptions ends it as well: ws_last_error() says why. */
  bool turn(int timeout_ms = 0) {
    return check(is_made() ? ws_server_turn(handle_.get(), timeout_ms) : status_) == WS_OK;
  }
  /** Readable when turn() has something to do; -1 before the first. */
  [[nodiscard]] int fd() const noexcept { return ws_server_fd(handle_.get()); }
  /** A connection that was accepted elsewhere, the server's with WS_OK. WS_TIMEOUT: there are too
   * many now; WS_CLOSED: the server stops. */
  ws_status add_connection(int fd, const char* peer = nullptr) {
    return check(ws_server_add_connection(handle_.get(), fd, peer));
  }
  /** As stop(), but connections are cut after so many milliseconds. */
  void drain(int milliseconds) noexcept { ws_server_drain(handle_.get(), milliseconds); }
  [[nodiscard]] std::string metrics_address(std::size_t index = 0) const {
    const char* text = ws_server_metrics_address(handle_.get(), index);
    return text != nullptr ? text : "";
  }
  [[nodiscard]] std::string explain_sizing() const {
    std::string text(ws_server_explain_sizing(handle_.get(), nullptr, 0) + 1, '\0');
    text.resize(ws_server_explain_sizing(handle_.get(), text.data(), text.size()));
    return text;
  }
  /** These two also in a signal handler. */
  void reopen_logs() noexcept { ws_server_reopen_logs(handle_.get()); }
  void stop() noexcept { ws_server_stop(handle_.get()); }

 private:
  struct Free {
    void operator()(ws_server* server) const noexcept { ws_server_free(server); }
  };

  [[nodiscard]] bool is_made() const noexcept { return status_ == WS_OK; }
  /* What was refused changes nothing. */
  template <typename Callable>
  static Result keep(ws_status taken, Callable& place, Callable&& callable) {
    if (taken >= 0) {
      place = std::move(callable);
    }
    return result(taken);
  }

  static ws_status call_app(ws_request* request, void* self) noexcept {
    return guarded(request, [&] { return static_cast<Server*>(self)->app_(Request(request)); });
  }
  static ws_status call_head(ws_request* request, void* self) noexcept {
    return guarded(request, [&] { return static_cast<Server*>(self)->head_(Request(request)); });
  }
  static ws_status call_answer(ws_request* request, void* self) noexcept {
    return guarded(request, [&] { return static_cast<Server*>(self)->answer_(Request(request)); });
  }
  static ws_status call_filter(ws_request* request, ws_next* next, void* filter) noexcept {
    return guarded(request, [&] {
      return (*static_cast<Filter*>(filter))(Request(request), [next](Request passed) {
        return result(ws_next_call(next, passed.handle()));
      });
    });
  }
  static void call_done(const ws_done* done, void* self) noexcept {
    quietly([&] { static_cast<Server*>(self)->on_done_(Done(done)); });
  }
  static void call_log(ws_severity severity, const char* line, void* self) noexcept {
    quietly([&] { static_cast<Server*>(self)->log_(severity, line); });
  }

#ifdef __cpp_exceptions
  template <typename Call>
  static ws_status guarded(ws_request* request, const Call& call) noexcept {
    try {
      call();
      return WS_OK;
    } catch (const Error& e) {
      /* A client that has left is nobody's mistake. */
      return e.status() == WS_EDISCONNECTED ? e.status() : ws_request_fail(request, e.what());
    } catch (const std::exception& e) {
      return ws_request_fail(request, e.what());
    } catch (...) {
      return ws_request_fail(request, "unknown exception");
    }
  }
  template <typename Call>
  static void quietly(const Call& call) noexcept {
    try {
      call();
    } catch (...) { /* nobody to tell */
    }
  }
#else
  template <typename Call>
  static ws_status guarded(ws_request* /*request*/, const Call& call) noexcept {
    return call();
  }
  template <typename Call>
  static void quietly(const Call& call) noexcept {
    call();
  }
#endif

  ws_status status_ = WS_OK;
  std::list<Filter> filters_;
  App head_;
  App answer_;
  App app_;
  OnDone on_done_;
  Log log_;
  std::unique_ptr<ws_server, Free> handle_; /* before the callbacks go, the server has gone */
};

/** Takes the requests of a server that has no application, on threads of the program. The server
 * outlives it. */
class Worker {
 public:
  /** WS_ESTATE for a server that has an application, and when memory is out: the text says which.
   * With -fno-exceptions is_usable() tells. */
  explicit Worker(Server& server) : handle_(ws_worker_new(server.handle())) {
    check(handle_ != nullptr ? WS_OK : WS_ESTATE);
  }
  [[nodiscard]] bool is_usable() const noexcept { return handle_ != nullptr; }

  [[nodiscard]] ws_worker* handle() const noexcept { return handle_.get(); }
  /** Nothing when none came in time, or none will come any more: `status` says which. */
  [[nodiscard]] std::optional<OwnedRequest> next(int timeout_ms, ws_status& status) {
    ws_request* request = nullptr;
    status = check(ws_worker_next(handle_.get(), timeout_ms, &request));
    return status == WS_OK ? std::optional(OwnedRequest(request, OwnedRequest::Taken()))
                           : std::nullopt;
  }
  void wake() noexcept { ws_worker_wake(handle_.get()); }
  [[nodiscard]] int fd() const noexcept { return ws_worker_fd(handle_.get()); }

 private:
  struct Free {
    void operator()(ws_worker* worker) const noexcept { ws_worker_free(worker); }
  };
  std::unique_ptr<ws_worker, Free> handle_;
};

/** One option of the library, described by itself. */
struct Option {
  std::string_view name, type, unit, default_value, range, help, since, example, see_also;
  bool is_live = false;
};

/** Every option, in the order of a manual. */
inline std::vector<Option> options() {
  std::vector<Option> all;
  for (std::size_t i = 0; i < ws_option_count(); ++i) {
    all.push_back({ws_option_name(i), ws_option_type(i), ws_option_unit(i), ws_option_default(i),
                   ws_option_range(i), ws_option_help(i), ws_option_since(i), ws_option_example(i),
                   ws_option_see_also(i), ws_option_is_live(i) != 0});
  }
  return all;
}

/** One number that a server counts, described by itself: Server::stat() has its value. */
struct Stat {
  std::string_view name, metric, labels, type, unit, help, since;
};

inline std::vector<Stat> stats() {
  std::vector<Stat> all;
  for (std::size_t i = 0; i < ws_stat_count(); ++i) {
    all.push_back({ws_stat_name(i), ws_stat_metric(i), ws_stat_labels(i), ws_stat_type(i),
                   ws_stat_unit(i), ws_stat_help(i), ws_stat_since(i)});
  }
  return all;
}

inline std::string_view version() {
  return ws_version();
}
inline int abi_version() {
  return ws_abi_version();
}
/** Whether the library was built with it: "compress", "gzip", "brotli". */
inline bool has_feature(const char* name) {
  return ws_has_feature(name) != 0;
}

WSERVE_END_NAMESPACE

#endif
