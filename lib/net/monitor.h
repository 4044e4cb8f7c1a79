// Answers who watches the server: a listener of its own, whose requests no application sees.
#pragma once

#include <functional>
#include <list>
#include <string>

#include "base/clock.h"
#include "http/http_date.h"
#include "http/request_parser.h"
#include "net/events/event.h"
#include "net/events/loop_clock.h"
#include "net/listen/listener.h"

namespace wserve::net {

struct MonitorPage {
  int status = 200;
  const char* content_type = "text/plain; charset=utf-8";
  const char* allow = "";  // with 405: what may be asked for (RFC 9110 §15.5.6)
  std::string body;

  // For any other method than these.
  [[nodiscard]] static MonitorPage of_method_not_allowed() {
    return {.status = 405, .allow = "GET, HEAD", .body = "Only GET and HEAD\n"};
  }
};

// What there is to see; called on the loops' threads, several at a time, and must not wait.
class MonitorPages {
 public:
  MonitorPages() = default;
  MonitorPages(const MonitorPages&) = delete;
  MonitorPages& operator=(const MonitorPages&) = delete;
  virtual ~MonitorPages() = default;

  // Of a request for GET or HEAD.
  [[nodiscard]] virtual MonitorPage page_for(const http::Request& request) = 0;
};

// Loop thread only. Each visitor gets one answer, and the connection closes. They are few and have
// little time; when there are too many, the one that came first must go: so who never reads, or
// never asks, keeps nobody out. None of them counts for connection_limit, nor holds up the end.
class Monitor {
 public:
  static constexpr std::size_t kMaxVisitors = 32;
  static constexpr base::Millis kLimit{10'000};

  using Date = std::function<const http::HttpDate::Text&()>;
  Monitor(MonitorPages* pages, LoopClock& clock, Date date);
  Monitor(const Monitor&) = delete;
  Monitor& operator=(const Monitor&) = delete;
  ~Monitor() = default;

  // `listeners` must outlive the monitor. kNoMemory.
  base::Status open(event_base* base, const std::vector<Listener>& listeners);
  // Answers this connection, whoever accepted it.
  void admit(base::UniqueFd socket);
  void enforce_limit() noexcept;
  // Nothing needs enforce_limit().
  [[nodiscard]] bool is_empty() const noexcept { return visitors_.empty() && !is_paused_; }

 private:
  struct Watched {
    Monitor* monitor;
    int socket;
    Event event;
  };
  struct Visitor {
    explicit Visitor(Monitor& its_monitor, base::UniqueFd its_socket, base::Millis now)
        : monitor(its_monitor), socket(std::move(its_socket)), since(now) {}
    Monitor& monitor;
    base::UniqueFd socket;
    const base::Millis since;
    Event event;  // gone before its socket
    http::RequestParser parser;
    http::Request request;
    std::string answer;        // what is left of it
    std::size_t received = 0;  // behind the request
    bool has_asked = false;
    bool has_answered = false;
    std::list<Visitor>::iterator place;
  };

  static void on_readable(int socket, short what, void* watched) noexcept;
  static void on_visitor(int socket, short what, void* visitor) noexcept;
  void let_in(int listener);
  void pause() noexcept;
  void resume() noexcept;
  void advance(Visitor& visitor);
  [[nodiscard]] bool read(Visitor& visitor);
  void answer(Visitor& visitor, http::RequestParser::Progress progress);
  [[nodiscard]] bool send(Visitor& visitor) noexcept;
  void leave(Visitor& visitor) noexcept { visitors_.erase(visitor.place); }

  MonitorPages* const pages_;
  LoopClock& clock_;
  const Date date_;
  http::ParserLimits limits_;
  base::Storage storage_;
  event_base* base_ = nullptr;
  std::vector<Watched> watched_;
  bool is_paused_ = false;
  std::list<Visitor> visitors_;  // the first that came in front
};

}  // namespace wserve::net
