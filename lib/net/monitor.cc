// One request, one answer, and out.
#include "net/monitor.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "base/guard.h"
#include "base/text.h"
#include "http/answer_head.h"
#include "http/error_page.h"
#include "http/status_text.h"

namespace wserve::net {

using base::ByteView;
using Progress = http::RequestParser::Progress;

namespace {

constexpr unsigned kMaxAtOnce = 16;
constexpr std::size_t kMaxHead = 16 * 1024;
constexpr std::size_t kMaxBehind = 64 * 1024;  // the request

std::string render(const MonitorPage& page, bool is_head, const http::HttpDate::Text& date) {
  base::ByteBuffer head;
  http::begin_page(head, 1, page.status,
                   {.type = page.content_type, .size = page.body.size(), .date = date});
  if (*page.allow != '\0') {
    http::write_field(head, "Allow", page.allow);
  }
  http::write_field(head, "Cache-Control", "no-store");
  http::end_head(head);
  return base::concat(head.view(), is_head ? ByteView() : ByteView(page.body));
}

}  // namespace

Monitor::Monitor(MonitorPages* pages, LoopClock& clock, Date date)
    : pages_(pages), clock_(clock), date_(std::move(date)) {
  limits_.max_head_bytes = kMaxHead;
  limits_.pauses_at_head = true;
}

base::Status Monitor::open(event_base* base, const std::vector<Listener>& listeners) {
  base_ = base;
  watched_.reserve(listeners.size());
  for (const Listener& listener : listeners) {
    Watched& watched = watched_.emplace_back(Watched{this, listener.socket.get(), nullptr});
    watched.event.reset(
        event_new(base, watched.socket, EV_READ | EV_PERSIST, on_readable, &watched));
    if (!watched.event || event_add(watched.event.get(), nullptr) != 0) {
      return base::Code::kNoMemory;
    }
  }
  return {};
}

void Monitor::on_readable(int /*socket*/, short /*what*/, void* watched) noexcept {
  const auto& self = *static_cast<Watched*>(watched);
  static_cast<void>(base::guarded([&]() -> base::Status {
    self.monitor->let_in(self.socket);
    return {};
  }));
}

// Without a descriptor one of those goes that are here.
void Monitor::let_in(int listener) {
  for (unsigned i = 0; i < kMaxAtOnce; ++i) {
    base::UniqueFd socket(::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket.is_open()) {
      if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED) {
        return;
      }
      if (visitors_.empty()) {
        pause();
      } else {
        leave(visitors_.front());
      }
      return;
    }
    admit(std::move(socket));
  }
}

// Without descriptors or memory: a listener would wake the loop again and again.
void Monitor::pause() noexcept {
  is_paused_ = true;
  for (const Watched& watched : watched_) {
    event_del(watched.event.get());
  }
}

void Monitor::resume() noexcept {
  is_paused_ = false;
  for (const Watched& watched : watched_) {
    is_paused_ = event_add(watched.event.get(), nullptr) != 0 || is_paused_;
  }
}

void Monitor::admit(base::UniqueFd socket) {
  clock_.refresh();
  if (visitors_.size() >= kMaxVisitors) {
    leave(visitors_.front());
  }
  Visitor& visitor = visitors_.emplace_back(*this, std::move(socket), clock_.now());
  visitor.place = std::prev(visitors_.end());
  visitor.parser.restart(limits_);
  visitor.request.configure(kMaxHead, storage_);
  constexpr short kAll = EV_READ | EV_WRITE | EV_CLOSED | EV_ET | EV_PERSIST;
  visitor.event.reset(event_new(base_, visitor.socket.get(), kAll, on_visitor, &visitor));
  if (!visitor.event || event_add(visitor.event.get(), nullptr) != 0) {
    leave(visitor);
  }
}

void Monitor::on_visitor(int /*socket*/, short /*what*/, void* visitor) noexcept {
  auto& self = *static_cast<Visitor*>(visitor);
  Monitor& monitor = self.monitor;
  const base::Status done = base::guarded([&]() -> base::Status {
    monitor.advance(self);
    return {};
  });
  if (!done.is_ok()) {
    monitor.leave(self);
  }
}

void Monitor::advance(Visitor& visitor) {
  if (!read(visitor) || !send(visitor)) {
    leave(visitor);
  }
}

// What comes behind the request is read and forgotten, so that the answer is not lost to a reset.
// False when the visitor has left.
bool Monitor::read(Visitor& visitor) {
  std::array<char, 4096> buffer;
  for (;;) {
    const ssize_t n = ::recv(visitor.socket.get(), buffer.data(), buffer.size(), 0);
    if (n < 0 && errno == EINTR) {
      continue;
    }
    if (n <= 0) {
      return n < 0 ? errno == EAGAIN : !visitor.has_answered && visitor.has_asked;
    }
    ByteView input(buffer.data(), static_cast<std::size_t>(n));
    if (!visitor.has_asked) {
      const Progress progress = visitor.parser.feed(input, visitor.request);
      if (progress != Progress::kNeedsMore) {
        visitor.has_asked = true;
        answer(visitor, progress);
      }
    } else if (visitor.received += input.size(); visitor.received > kMaxBehind) {
      return false;
    }
  }
}

void Monitor::answer(Visitor& visitor, Progress progress) {
  const http::HttpDate::Text& date = date_();
  const bool is_head = visitor.request.method == "HEAD";
  if (progress == Progress::kRefused) {
    visitor.answer = http::render_error_page(visitor.parser.refusal(),
                                             {.has_body = !is_head, .ident = {}, .date = date});
  } else if (visitor.request.method != "GET" && !is_head) {
    visitor.answer = render(MonitorPage::of_method_not_allowed(), false, date);
  } else {
    visitor.answer = render(pages_->page_for(visitor.request), is_head, date);
  }
}

// False when the visitor has left.
bool Monitor::send(Visitor& visitor) noexcept {
  while (!visitor.answer.empty()) {
    const ssize_t n = ::send(visitor.socket.get(), visitor.answer.data(), visitor.answer.size(),
                             MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && errno != EINTR) {
      return errno == EAGAIN;
    }
    visitor.answer.erase(0, static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
  }
  if (visitor.has_asked && !std::exchange(visitor.has_answered, true)) {
    ::shutdown(visitor.socket.get(), SHUT_WR);
  }
  return true;
}

void Monitor::enforce_limit() noexcept {
  if (is_paused_) {
    resume();
  }
  while (!visitors_.empty() && clock_.now() - visitors_.front().since >= kLimit) {
    leave(visitors_.front());
  }
}

}  // namespace wserve::net
