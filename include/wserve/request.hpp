/* Requests from C++17: a part of <wserve/wserve.hpp>. */
#ifndef WSERVE_REQUEST_HPP
#define WSERVE_REQUEST_HPP

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <wserve/wserve.h>

/* What is compiled with exceptions and what is compiled without may be parts of one program: they
 * have classes of their own. */
#ifdef __cpp_exceptions
#define WSERVE_BEGIN_NAMESPACE \
  namespace wserve {           \
  inline namespace throwing {
#else
#define WSERVE_BEGIN_NAMESPACE \
  namespace wserve {           \
  inline namespace statuses {
#endif
#define WSERVE_END_NAMESPACE \
  }                          \
  }

WSERVE_BEGIN_NAMESPACE

#ifdef __cpp_exceptions
/** What a C function returned when it failed, with the text of ws_last_error(). */
class Error : public std::runtime_error {
 public:
  explicit Error(ws_status status)
      : std::runtime_error(std::string(ws_status_name(status)) + ": " + ws_last_error()),
        status_(status) {}
  [[nodiscard]] ws_status status() const noexcept { return status_; }

 private:
  ws_status status_;
};

/** What a call gives back that can only fail or not: nothing, since failures are exceptions; with
 * -fno-exceptions the status, and ws_last_error() has the text. */
using Result = void;
/** How many bytes; with -fno-exceptions also a negative ws_status. */
using Size = std::size_t;

/** Throws an Error for a negative status; passes any other on. */
inline ws_status check(ws_status status) {
  if (status < 0) {
    throw Error(status);
  }
  return status;
}
inline Result result(ws_status status) {
  check(status);
}
#else
using Result = ws_status;
using Size = std::int64_t;

inline ws_status check(ws_status status) noexcept {
  return status;
}
inline Result result(ws_status status) noexcept {
  return status;
}
#endif

/** A request that somebody else owns: what callbacks are given. See request.h for what each
 * function does. */
class Request {
 public:
  explicit Request(ws_request* handle) noexcept : handle_(handle) {}

  [[nodiscard]] ws_request* handle() const noexcept { return handle_; }

  [[nodiscard]] std::optional<std::string_view> find(const char* key) const {
    const char* value = ws_request_get(handle_, key);
    return value != nullptr ? std::optional<std::string_view>(value) : std::nullopt;
  }
  /** Empty when the environ has no such key. */
  [[nodiscard]] std::string_view get(const char* key) const { return find(key).value_or(""); }
  [[nodiscard]] std::string_view method() const { return get("REQUEST_METHOD"); }
  [[nodiscard]] std::string_view path() const { return get("PATH_INFO"); }
  Result set(const char* key, const char* value) const {
    return result(ws_request_set(handle_, key, value));
  }

  /** Something of your own, which `release` frees when the request ends or the key is set anew. */
  Result set_data(const char* key, void* data, void (*release)(void*) = nullptr) const {
    return result(ws_request_set_data(handle_, key, data, release));
  }
  [[nodiscard]] void* data(const char* key) const noexcept { return ws_request_data(handle_, key); }

  /** All of the environ, pair after pair. */
  [[nodiscard]] std::vector<std::pair<std::string_view, std::string_view>> environ_pairs() const {
    std::vector<std::pair<std::string_view, std::string_view>> all;
    const char* key = nullptr;
    const char* value = nullptr;
    while (ws_request_environ_at(handle_, all.size(), &key, &value) == WS_OK) {
      all.emplace_back(key, value);
    }
    return all;
  }

  /** 0 for a streamed body that has not said how long it is: has_length() tells. */
  [[nodiscard]] std::size_t body_size() const {
    return has_length() ? static_cast<std::size_t>(ws_request_body_size(handle_)) : 0;
  }
  [[nodiscard]] bool has_length() const { return ws_request_body_size(handle_) >= 0; }
  Result rewind() const { return result(ws_request_rewind(handle_)); }
  /** 0 at the end of the body. */
  Size read(char* buffer, std::size_t capacity) const {
    const std::int64_t size = ws_request_read(handle_, buffer, capacity);
    if (size < 0) {
      check(static_cast<ws_status>(size));
    }
    return static_cast<Size>(size);
  }
  /** All of the body, for bodies that are known to be small; of one that is streamed what was not
   * read yet. With -fno-exceptions it is empty when it cannot be read. */
  [[nodiscard]] std::string body() const {
    if (const ws_status rewound = ws_request_rewind(handle_); rewound != WS_ESTATE) {
      check(rewound);
    }
    std::string all;
    char piece[16 * 1024];
    auto got = static_cast<std::int64_t>(read(piece, sizeof piece));
    for (; got > 0; got = static_cast<std::int64_t>(read(piece, sizeof piece))) {
      all.append(piece, static_cast<std::size_t>(got));
    }
    return got == 0 ? all : std::string();
  }

  /** WS_OK, and `got` is 0 at the end of the body; WS_TIMEOUT when nothing came in time. */
  ws_status read_some(char* buffer, std::size_t capacity, int timeout_ms, std::size_t& got) const {
    return check(ws_request_read_some(handle_, buffer, capacity, timeout_ms, &got));
  }
  /** The fields behind a chunked body that was read to its end. */
  [[nodiscard]] std::vector<std::pair<std::string_view, std::string_view>> trailers() const {
    std::vector<std::pair<std::string_view, std::string_view>> all;
    const char* name = nullptr;
    const char* value = nullptr;
    ws_status status = WS_OK;
    while ((status = ws_request_trailer_at(handle_, all.size(), &name, &value)) == WS_OK) {
      all.emplace_back(name, value);
    }
    if (status != WS_EUNKNOWN) {
      check(status);
    }
    return all;
  }

  /** In the callback of Server::on_head() only, as the one below. */
  Result limit_body(std::uint64_t bytes) const {
    return result(ws_request_limit_body(handle_, bytes));
  }
  Result stream_body() const { return result(ws_request_stream_body(handle_)); }

  Result reply(int status, const char* content_type, std::string_view data) const {
    return result(ws_request_reply(handle_, status, content_type, data.data(), data.size()));
  }
  /** The site's own page for an error, see error_pages; where it has none, the text. */
  Result reply_page(int status, const char* text) const {
    return result(ws_request_reply_page(handle_, status, text));
  }
  Result start(int status, const char* reason = nullptr) const {
    return result(ws_request_start(handle_, status, reason));
  }
  Result add_header(const std::string& name, const std::string& value) const {
    return result(ws_request_add_header(handle_, name.c_str(), value.c_str()));
  }
  /** In the place of all fields of that name. */
  Result set_header(const std::string& name, const std::string& value) const {
    return result(ws_request_set_header(handle_, name.c_str(), value.c_str()));
  }
  Result remove_header(const std::string& name) const {
    return result(ws_request_remove_header(handle_, name.c_str()));
  }
  /** Of the answer, before its head is sent. */
  [[nodiscard]] std::optional<std::string_view> header(const char* name) const {
    const char* value = ws_request_header(handle_, name);
    return value != nullptr ? std::optional<std::string_view>(value) : std::nullopt;
  }
  /** All of them. */
  [[nodiscard]] std::vector<std::pair<std::string_view, std::string_view>> headers() const {
    std::vector<std::pair<std::string_view, std::string_view>> all;
    const char* name = nullptr;
    const char* value = nullptr;
    ws_status status = WS_OK;
    while ((status = ws_request_header_at(handle_, all.size(), &name, &value)) == WS_OK) {
      all.emplace_back(name, value);
    }
    if (status != WS_EUNKNOWN) {
      check(status);
    }
    return all;
  }
  /** Nothing when it is not known, or when the body passes through an encoder. */
  [[nodiscard]] std::optional<std::uint64_t> answer_size() const noexcept {
    const std::int64_t size = ws_request_answer_size(handle_);
    return size >= 0 ? std::optional(static_cast<std::uint64_t>(size)) : std::nullopt;
  }
  /** Sees the answer before its head goes out, and may change it. */
  Result on_answer(std::function<Result(Request)> answer) const {
    return give(std::move(answer), [this](auto* callback, auto* release) {
      return ws_request_on_answer(handle_, call_answer, callback, release);
    });
  }
  /** All of the body passes through it: it gives what it makes to put_encoded(). */
  using Encoder = std::function<Result(Request, std::string_view, ws_encode_step)>;
  Result encode_body(Encoder encoder) const {
    return give(std::move(encoder), [this](auto* callback, auto* release) {
      return ws_request_encode_body(handle_, call_encoder, callback, release);
    });
  }
  /** In an encoder. */
  Result put_encoded(std::string_view made) const {
    return result(ws_request_put_encoded(handle_, made.data(), made.size()));
  }
  /** Of the answer; 0 when it is not begun. */
  [[nodiscard]] int status() const noexcept { return ws_request_status(handle_); }
  /** name NUL value NUL, field after field. */
  Result add_headers(std::string_view fields) const {
    return result(ws_request_add_headers(handle_, fields.data(), fields.size()));
  }
  Result add_trailer(const std::string& name, const std::string& value) const {
    return result(ws_request_add_trailer(handle_, name.c_str(), value.c_str()));
  }
  Result interim(int status) const { return result(ws_request_interim(handle_, status)); }
  Result send_file(int fd, std::int64_t offset, std::int64_t size) const {
    return result(ws_request_send_file(handle_, fd, offset, size));
  }
  /** False, and nothing was taken, while more than the mark waits for the client; with
   * -fno-exceptions also when it has left: is_gone(). */
  [[nodiscard]] bool try_write(std::string_view data) const {
    return check(ws_request_try_write(handle_, data.data(), data.size())) == WS_OK;
  }
  [[nodiscard]] std::uint64_t pending() const noexcept { return ws_request_pending(handle_); }
  Result set_mark(std::uint64_t bytes) const { return result(ws_request_set_mark(handle_, bytes)); }
  /** The library's; -1 when there is none to be had. */
  [[nodiscard]] int event_fd() const noexcept { return ws_request_event_fd(handle_); }
  Result fail(const char* text) const { return result(ws_request_fail(handle_, text)); }
  /** The connection, the caller's from here on; `left` is valid as long as the request. With
   * -fno-exceptions -1 when it cannot be had. */
  [[nodiscard]] int detach(std::string_view& left) const {
    int fd = -1;
    const char* data = nullptr;
    std::size_t size = 0;
    check(ws_request_detach(handle_, &fd, &data, &size));
    left = std::string_view(data, size);
    return fd;
  }
  Result write(std::string_view data) const {
    return result(ws_request_write(handle_, data.data(), data.size()));
  }
  Result flush() const { return result(ws_request_flush(handle_)); }
  Result end() const { return result(ws_request_end(handle_)); }
  /** The last part of the body and the end, in one piece. */
  Result finish(std::string_view last) const {
    return result(ws_request_finish(handle_, last.data(), last.size()));
  }
  /** Why nobody may be waiting for the answer any more; see WS_GONE_HALF_CLOSED and
   * WS_GONE_DRAINING for clients that do wait. */
  [[nodiscard]] ws_gone_reason gone() const noexcept {
    return static_cast<ws_gone_reason>(ws_request_gone(handle_));
  }
  /** Nothing that is sent from here on arrives. */
  [[nodiscard]] bool is_gone() const noexcept {
    return gone() == WS_GONE_DISCONNECTED || gone() == WS_GONE_TIME_UP;
  }

 private:
  /* The library's, if it takes it. */
  template <typename Callable, typename Take>
  static Result give(Callable callable, const Take& take) {
    auto callback = std::make_unique<Callable>(std::move(callable));
    const ws_status taken = take(
        callback.get(), +[](void* data) {
          const std::unique_ptr<Callable> released(static_cast<Callable*>(data));
        });
    if (taken >= 0) {
      static_cast<void>(callback.release());
    }
    return result(taken);
  }
  static ws_status call_answer(ws_request* request, void* answer) noexcept {
    return guarded(request, [&] {
      return (*static_cast<std::function<Result(Request)>*>(answer))(Request(request));
    });
  }
  static ws_status call_encoder(ws_request* request, const void* data, std::size_t size,
                                ws_encode_step step, void* encoder) noexcept {
    const std::string_view bytes(static_cast<const char*>(data), size);
    return guarded(
        request, [&] { return (*static_cast<Encoder*>(encoder))(Request(request), bytes, step); });
  }

#ifdef __cpp_exceptions
  template <typename Call>
  static ws_status guarded(ws_request* request, const Call& call) noexcept {
    try {
      call();
      return WS_OK;
    } catch (const Error& e) {
      return e.status(); /* its text is that of the last failure */
    } catch (const std::exception& e) {
      ws_request_fail(request, e.what()); /* a line of the log */
      return WS_EAPP;
    } catch (...) {
      return WS_EAPP;
    }
  }
#else
  template <typename Call>
  static ws_status guarded(ws_request* /*request*/, const Call& call) noexcept {
    return call();
  }
#endif

  ws_request* handle_;
};

/** A request that this object owns; released with it and its copies. Answer it from any thread; a
 * callable that holds one may be a std::function. */
class OwnedRequest : public Request {
 public:
  /** Keeps a request beyond its callback: ws_request_defer(). */
  explicit OwnedRequest(const Request& request) : Request(request.handle()), owner_(nullptr) {
    if (check(ws_request_defer(request.handle())) == WS_OK) {
      owner_.reset(request.handle(), Release());
    }
  }
  /** Always, but with -fno-exceptions where a request cannot be kept: at its head. */
  [[nodiscard]] bool is_kept() const noexcept { return owner_ != nullptr; }

 private:
  struct Release {
    void operator()(ws_request* request) const noexcept { ws_request_release(request); }
  };
  friend class Worker;
  struct Taken {};
  OwnedRequest(ws_request* handle, Taken) : Request(handle), owner_(handle, Release()) {}

  std::shared_ptr<ws_request> owner_;
};

/** A request that has ended: see observe.h. */
class Done {
 public:
  explicit Done(const ws_done* handle) noexcept : handle_(handle) {}

  [[nodiscard]] const ws_done* handle() const noexcept { return handle_; }
  [[nodiscard]] int status() const noexcept { return ws_done_status(handle_); }
  [[nodiscard]] ws_cause cause() const noexcept { return ws_done_cause(handle_); }
  [[nodiscard]] std::string_view cause_name() const noexcept { return ws_cause_name(cause()); }
  /** Microseconds since 1970; -1 when it did not come so far. */
  [[nodiscard]] std::int64_t time(ws_moment moment) const noexcept {
    return ws_done_time(handle_, moment);
  }
  [[nodiscard]] std::uint64_t bytes_in() const noexcept { return ws_done_bytes_in(handle_); }
  [[nodiscard]] std::uint64_t bytes_out() const noexcept { return ws_done_bytes_out(handle_); }
  [[nodiscard]] std::uint64_t body_bytes_out() const noexcept {
    return ws_done_body_bytes_out(handle_);
  }
  [[nodiscard]] std::optional<std::string_view> find(const char* key) const {
    const char* value = ws_done_get(handle_, key);
    return value != nullptr ? std::optional<std::string_view>(value) : std::nullopt;
  }
  /** Empty when it is not known. */
  [[nodiscard]] std::string_view get(const char* key) const { return find(key).value_or(""); }

 private:
  const ws_done* handle_;
};

WSERVE_END_NAMESPACE

#endif
