// The life of an exchange, from the complete request to the last release.
#include "app/exchange.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "app/exchange_pool.h"
#include "base/guard.h"
#include "base/sendable_file.h"
#include "base/text.h"
#include "gateway/make_environ.h"
#include "gateway/raw_path.h"

namespace wserve::app {

using base::Code;

base::Ref<Exchange> ResponseSink::take_pipelined(bool /*wanted*/) noexcept {
  return {};
}

void Exchange::open(const gateway::Endpoint& endpoint, base::Ref<ResponseSink> sink,
                    const http::HttpDate::Text& date, bool may_keep_alive) {
  service_ = &pool_.service();
  endpoint_ = endpoint;
  sink_ = std::move(sink);
  writer_.restart({.sink = sink_.get(),
                   .minor_version = request_.minor_version,
                   .is_head = request_.method == "HEAD",
                   .keep_alive = may_keep_alive && request_.framing.keep_alive,
                   .is_draining = &service_->is_draining,
                   .ident = service_->site.ident,
                   .date = date,
                   .seen = seen_.get(),
                   .tells_timing = service_->tells_timing,
                   .running = service_->running ? &running_ : nullptr,
                   .hook = service_->at_answer != nullptr ? this : nullptr});
}

Status Exchange::add_answer_hook(std::unique_ptr<Application> hook) {
  if (writer_.is_head_sent() || writer_.is_at_hook()) {
    return {Code::kState, "an answer is seen before its head: that has gone, or is on its way"};
  }
  answer_hooks_.push_back(std::move(hook));
  writer_.set_hook(*this);
  return {};
}

// Not inlined where every request comes by: most have none.
void Exchange::drop_answer_hooks() noexcept {
  answer_hooks_.clear();
}

void Exchange::before_head() noexcept {
  for (std::size_t i = answer_hooks_.size(); i > 0; --i) {
    show_answer_to(*answer_hooks_[i - 1]);
  }
  if (service_->at_answer != nullptr && !service_->has_stopped.load(std::memory_order_acquire)) {
    show_answer_to(*service_->at_answer);
  }
}

void Exchange::show_answer_to(Application& hook) noexcept {
  static_cast<void>(base::guarded([&]() -> Status {
    if (Status outcome = hook.handle(*this); !outcome.is_ok()) {
      fail(outcome.message());
    }
    return {};
  }));
}

bool Exchange::is_answered_at_head() {
  is_at_head_ = true;
  // Who answers instead of "100 Continue" does not know whether the body comes.
  const bool may_keep_alive = writer_.keeps_alive();
  if (request_.framing.expects_continue) {
    writer_.forbid_keep_alive();
  }
  const Status outcome = base::guarded(
      [&]() -> Status { return prepare() ? service_->at_head->handle(*this) : Status(); });
  is_at_head_ = false;
  if (outcome.is_ok() && !writer_.is_started()) {
    if (may_keep_alive) {
      writer_.permit_keep_alive();
    }
    return false;
  }
  settle(outcome);
  return true;
}

bool Exchange::is_wanted() noexcept {
  const PeerState peer = sink_->peer_state();
  if (peer != PeerState::kDisconnected && peer != PeerState::kTimeUp) {
    return true;
  }
  writer_.abandon();
  return false;
}

bool Exchange::prepare() {
  if (std::exchange(is_prepared_, true)) {
    return true;
  }
  ends_.describe(endpoint_);
  gateway::make_environ(request_, ends_, service_->environ_form, environ_);
  if (service_->reads_marks()) {
    read_marks();
  }
  const auto malformed = gateway::apply_proxy_policy(service_->proxy.now(), endpoint_, environ_,
                                                     service_->client_logs.proxy_fields);
  if (malformed) {
    refuse_malformed(*malformed);
    return false;
  }
  if (seen_) {
    seen_->keep_client(environ_.get("REMOTE_ADDR"));
  }
  return true;
}

void Exchange::set_value(ByteView key, ByteView value) {
  environ_.set(key, value);
  if (seen_ && key == "REMOTE_USER") {
    seen_->keep_user(value);
  }
}

const char* Exchange::find_value(ByteView key) {
  const gateway::Environ& made = environ_;
  if (const auto* entry = made.find(key)) {
    return entry->value.data();
  }
  if (key == "ws.listener") {
    return listener();
  }
  const auto* path = key == gateway::kRawPathInfo ? made.find("PATH_INFO") : nullptr;
  return path != nullptr
             ? gateway::raw_path_info(request_.target, path->value, request_.arena).data()
             : nullptr;
}

const char* Exchange::listener() const noexcept {
  const std::vector<std::string>& known = service_->listeners;
  return endpoint_.listener < known.size() ? known[endpoint_.listener].c_str() : "-";
}

void Exchange::set_data(ByteView key, void* data, RequestData::Release at_end) {
  if (!data_ && data != nullptr) {
    data_ = std::make_unique<RequestData>();
  }
  if (data_) {
    data_->set(key, data, at_end);
  }
}

const char* Exchange::find_field(ByteView name) {
  const std::optional<std::string> found = writer_.find_field(name);
  return found ? request_.arena.copy(base::concat(*found, '\0')).data() : nullptr;
}

Status Exchange::field_at(std::size_t index, const char*& name, const char*& value) {
  const auto found = writer_.field_at(index);
  if (!found) {
    return Code::kUnknown;
  }
  name = request_.arena.copy(base::concat(found->name, '\0')).data();
  value = request_.arena.copy(base::concat(found->value, '\0')).data();
  return {};
}

void Exchange::run(Application& application) {
  if (!is_wanted()) {
    return;
  }
  if (seen_) {
    seen_->reach(Moment::kTaken);
  }
  const Status outcome = base::guarded(
      [&]() -> Status { return prepare_taken() ? application.handle(*this) : Status(); });
  if (!is_here()) {
    // A child of the application that comes back: its parent answers, and nobody joins it.
    ::_exit(outcome.is_ok() ? EXIT_SUCCESS : EXIT_FAILURE);
  }
  if (!is_deferred() && !is_handed_on()) {
    // Without memory for words about a failure, the last release ends it.
    static_cast<void>(base::guarded([&]() -> Status {
      settle(outcome);
      return {};
    }));
  }
}

void Exchange::settle(const Status& outcome) {
  if (writer_.is_ended()) {
    if (!writer_.loss().is_ok()) [[unlikely]] {
      log_loss();
    }
    if (!outcome.is_ok()) {
      const bool has_left = has_lost_client() || outcome.code() == Code::kDisconnected;
      log_failure(has_left, "application failed after answering ", outcome.message());
    }
    return;
  }
  if (!outcome.is_ok()) {
    fail(outcome.message());
  } else if (writer_.is_started()) {
    static_cast<void>(end());
  } else {
    fail("the application gave no answer");
  }
}

Status Exchange::end(ByteView last) {
  Status status = writer_.end(last);
  log_faults();
  return status;
}

Status Exchange::reply(int status, ByteView content_type, ByteView data) {
  Status sent = writer_.reply(status, content_type, data);
  log_faults();
  return sent;
}

Status Exchange::send_file(int fd, std::uint64_t offset, std::uint64_t size) {
  writer_.meet_hook();  // which may say another length
  Status checked = base::check_sendable(fd, offset, writer_.room_for(size));
  if (!checked.is_ok()) {
    refused_file_ = checked.message();
    return checked;
  }
  base::UniqueFd own(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  if (!own.is_open()) {
    return base::system_failure("duplicating the file's descriptor", errno);
  }
  return writer_.send_file({std::move(own), offset, size, named()});
}

Status Exchange::defer() {
  if (is_at_head_ || writer_.is_at_hook()) {
    return {Code::kState,
            "a request cannot be deferred at its head, nor while its answer goes out"};
  }
  is_deferred_.store(true, std::memory_order_relaxed);
  return {};
}

Status Exchange::detach(base::UniqueFd& fd, ByteView& ahead) {
  if (writer_.is_ended() || writer_.is_head_sent() || writer_.is_at_hook()) {
    return {Code::kState, "the connection cannot be detached once an answer was sent"};
  }
  if (!request_.is_whole && !(stream_ && stream_->is_complete())) {
    return {Code::kState, "the connection cannot be detached before the body has come to its end"};
  }
  std::string read_ahead;
  if (Status detached = sink_->detach(fd, read_ahead); !detached.is_ok()) {
    return detached;
  }
  writer_.abandon();
  ahead = request_.arena.copy(read_ahead);
  return {};
}

PeerState Exchange::peer_state() const noexcept {
  sink_->clear_signal();
  const PeerState peer = sink_->peer_state();
  if (peer == PeerState::kLost) {
    return PeerState::kDisconnected;
  }
  if (peer != PeerState::kPresent) {
    return peer;
  }
  return service_->is_draining.load(std::memory_order_relaxed) ? PeerState::kDraining
                                                               : PeerState::kPresent;
}

bool Exchange::has_lost_client() const noexcept {
  const PeerState peer = sink_->peer_state();
  return peer == PeerState::kDisconnected || peer == PeerState::kTimeUp;
}

void Exchange::last_released() noexcept {
  if (sink_ && (!writer_.is_ended() || !writer_.loss().is_ok())) {
    if (!is_here()) {
      return;  // a child lets go of its copy: the answer is its parent's to give
    }
    static_cast<void>(base::guarded([&]() -> Status {
      if (writer_.is_ended()) {
        log_loss();
      } else {
        drop();
      }
      return {};
    }));
    if (!writer_.is_ended()) {
      writer_.abort();
    }
  }
  static_cast<void>(take_pipelined(false));  // of a thread that has ended in the application
  recycle();
}

void Exchange::recycle() noexcept {
  data_.reset();
  if (stream_) {
    drop_body();
  }
  body_limit_ = kNoLimit;
  trailers_.clear();
  running_.leave();
  sink_.reset();
  service_ = nullptr;
  seen_.reset();
  request_.reset();
  id_ = {};
  proxied_at_ = base::Micros(0);
  read_offset_ = 0;
  is_handed_on_ = is_prepared_ = is_loss_logged_ = is_body_taken_ = false;
  wants_stream_.reset();
  refused_file_.clear();
  if (!answer_hooks_.empty()) [[unlikely]] {
    drop_answer_hooks();
  }
  is_deferred_.store(false, std::memory_order_relaxed);
  pool_.take_back(std::unique_ptr<Exchange>(this));
}

}  // namespace wserve::app
