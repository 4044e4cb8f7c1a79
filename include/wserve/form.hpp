/* Forms, uploads, conditions and files from C++17: a part of <wserve/wserve.hpp>. See form.h and
 * resource.h for what each function does. */
#ifndef WSERVE_FORM_HPP
#define WSERVE_FORM_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <wserve/request.hpp>

WSERVE_BEGIN_NAMESPACE

/** Names and values; its texts are valid as long as the request. With -fno-exceptions status()
 * tells whether they could be read. */
class Form {
 public:
  [[nodiscard]] static Form query(const Request& request) {
    return Form(request, ws_request_query);
  }
  [[nodiscard]] static Form body(const Request& request) { return Form(request, ws_request_form); }
  [[nodiscard]] static Form cookies(const Request& request) {
    return Form(request, ws_request_cookies);
  }

  [[nodiscard]] ws_status status() const noexcept { return status_; }
  [[nodiscard]] std::size_t size() const noexcept { return ws_form_count(handle_); }
  /** The first of that name. */
  [[nodiscard]] std::optional<std::string_view> find(const std::string& name) const {
    const char* value = ws_form_get(handle_, name.c_str());
    return value != nullptr ? std::optional<std::string_view>(value) : std::nullopt;
  }
  [[nodiscard]] std::vector<std::pair<std::string_view, std::string_view>> pairs() const {
    std::vector<std::pair<std::string_view, std::string_view>> all;
    const char* name = nullptr;
    const char* value = nullptr;
    while (handle_ != nullptr && ws_form_at(handle_, all.size(), &name, &value) == WS_OK) {
      all.emplace_back(name, value);
    }
    return all;
  }

 private:
  using Read = ws_status (*)(ws_request*, const ws_form**);
  Form(const Request& request, Read read) : status_(check(read(request.handle(), &handle_))) {}

  const ws_form* handle_ = nullptr;
  ws_status status_;
};

/** The parts of a multipart body. */
class Multipart {
 public:
  explicit Multipart(const Request& request)
      : status_(check(ws_request_multipart(request.handle(), &handle_))) {}

  [[nodiscard]] ws_multipart* handle() const noexcept { return handle_; }
  /** What has become of it and of the last next(). */
  [[nodiscard]] ws_status status() const noexcept { return status_; }
  /** False behind the last part; with -fno-exceptions also when the body cannot be read: then
   * status() is not WS_EUNKNOWN. */
  [[nodiscard]] bool next() {
    status_ = handle_ != nullptr ? ws_multipart_next(handle_) : status_;
    if (status_ != WS_EUNKNOWN) {
      check(status_);
    }
    return status_ == WS_OK;
  }
  [[nodiscard]] std::string_view name() const {
    return text_of(ws_multipart_name(handle_)).value_or("");
  }
  [[nodiscard]] std::optional<std::string_view> filename() const {
    return text_of(ws_multipart_filename(handle_));
  }
  [[nodiscard]] std::optional<std::string_view> safe_name() const {
    return text_of(ws_multipart_safe_name(handle_));
  }
  [[nodiscard]] std::optional<std::string_view> field(const std::string& field_name) const {
    return text_of(ws_multipart_field(handle_, field_name.c_str()));
  }
  /** 0 at the end of the part. */
  Size read(char* buffer, std::size_t capacity) const {
    const std::int64_t size = ws_multipart_read(handle_, buffer, capacity);
    if (size < 0) {
      check(static_cast<ws_status>(size));
    }
    return static_cast<Size>(size);
  }
  ws_status text(std::string_view& to) const {
    const char* found = nullptr;
    const ws_status status = check(ws_multipart_text(handle_, &found));
    to = found != nullptr ? std::string_view(found) : std::string_view();
    return status;
  }

 private:
  [[nodiscard]] static std::optional<std::string_view> text_of(const char* text) {
    return text != nullptr ? std::optional<std::string_view>(text) : std::nullopt;
  }
  ws_multipart* handle_ = nullptr;
  ws_status status_;
};

inline Result limit_form(const Request& request, ws_form_limit limit, std::uint64_t max) {
  return result(ws_request_limit_form(request.handle(), limit, max));
}
/** Answers 400, 413 or 415; a status that is none of these failures is one of the application's. */
inline Result refuse(const Request& request, ws_status why) {
  return result(ws_request_refuse(request.handle(), why));
}
/** Nothing for an escape that is none. */
[[nodiscard]] inline std::optional<std::string> percent_decode(std::string_view text,
                                                               int flags = 0) {
  std::string to(text.size() + 1, '\0');
  std::size_t size = 0;
  if (ws_percent_decode(text.data(), text.size(), to.data(), to.size(), &size, flags) != WS_OK) {
    return std::nullopt;
  }
  to.resize(size);
  return to;
}

/** Empty when the year has no four digits. */
[[nodiscard]] inline std::string date_text(std::int64_t seconds) {
  char text[WS_DATE_SIZE] = "";
  return ws_date_write(seconds, text, sizeof text) == WS_OK ? text : "";
}
[[nodiscard]] inline std::optional<std::int64_t> read_date(const std::string& text) {
  std::int64_t seconds = 0;
  return ws_date_read(text.c_str(), &seconds) == WS_OK ? std::optional<std::int64_t>(seconds)
                                                       : std::nullopt;
}
/** 0: go on; else the status to answer with. */
[[nodiscard]] inline int precondition(const Request& request, const char* etag,
                                      std::int64_t last_modified = WS_NO_TIME) noexcept {
  return ws_request_precondition(request.handle(), etag, last_modified);
}
[[nodiscard]] inline bool is_fresh(const Request& request, const char* etag,
                                   std::int64_t last_modified = WS_NO_TIME) noexcept {
  return ws_request_is_fresh(request.handle(), etag, last_modified) != 0;
}
/** The index of an offer; nothing when none is acceptable. */
[[nodiscard]] inline std::optional<std::size_t> choose(ws_accept accept, const char* value,
                                                       const std::vector<const char*>& offers) {
  const int chosen = ws_accept_choose(accept, value, offers.data(), offers.size());
  return chosen >= 0 ? std::optional<std::size_t>(static_cast<std::size_t>(chosen)) : std::nullopt;
}
/** The caller's descriptor; -1 when there is no such file, or it cannot be opened: see errno. */
[[nodiscard]] inline int open_file(int folder, const std::string& path) noexcept {
  int fd = -1;
  return ws_file_open(folder, path.c_str(), &fd) == WS_OK ? fd : -1;
}
inline Result reply_file(const Request& request, int fd, const char* content_type = nullptr) {
  return result(ws_request_reply_file(request.handle(), fd, content_type));
}

WSERVE_END_NAMESPACE

#endif
