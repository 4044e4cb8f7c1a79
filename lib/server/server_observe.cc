// Those who are told of requests that have ended, and the thread that tells them.
#include <algorithm>

#include "base/guard.h"
#include "base/text.h"
#include "server/server.h"
#include "server/thread_stack.h"

namespace wserve::server {

using base::Status;

namespace {

// A program that does not let go of the last request is not waited for.
constexpr std::chrono::milliseconds kGrace{5'000};

}  // namespace

Status Server::set_done(Done done) {
  Status may_change = check_may_change();
  if (may_change.is_ok()) {
    base::MutexLock lock(done_mutex_);
    done_ = std::move(done);
    is_done_wanted_ = static_cast<bool>(done_);
  }
  return may_change;
}

Status Server::set_access_taker(observe::AccessLog::Taker taker) {
  Status may_change = check_may_change();
  if (may_change.is_ok()) {
    access_taker_ = std::move(taker);
  }
  return may_change;
}

Status Server::set_slow_taker(std::function<void(const Watchdog::Slow&)> taker) {
  Status may_change = check_may_change();
  if (may_change.is_ok()) {
    slow_taker_ = std::move(taker);
  }
  return may_change;
}

// Where somebody takes what is slow, the stacks are the business of its language.
void Server::prepare_stacks() {
  const Settings& settings = options_.settings();
  if (settings.slow_request_stack == "none") {
    slow_taker_ = nullptr;
  }
  if (settings.slow_request_stack != "signal" || slow_taker_) {
    return;
  }
  const Status claimed = claim_stack_signal();
  has_stack_signal_ = claimed.is_ok();
  if (!has_stack_signal_) {
    log_->write(base::Severity::kWarning, claimed.message());
  }
}

void Server::let_stack_signal_in() const noexcept {
  if (has_stack_signal_) {
    server::let_stack_signal_in();
  }
}

// Once the service is made.
void Server::prepare_observers() {
  if (service_->running) {
    prepare_stacks();
    watchdog_ =
        std::make_unique<Watchdog>(*service_->running, loops_, clock_, service_->client_logs.slow,
                                   Watchdog::Stacks{has_stack_signal_, slow_taker_});
  }
  const bool is_told = is_done_wanted_ || access_log_;
  if (!is_told && !service_->tells_timing) {
    return;
  }
  auto observers = std::make_unique<app::Observers>(*service_->clock);
  if (is_told) {
    records_ = std::make_unique<observe::RecordQueue>();
    observers->all.push_back(records_.get());
    observers->keep_heads = true;
    observers->keep_answers = access_log_ && access_log_->needs_answer_fields();
  }
  service_->observers = std::move(observers);
}

Status Server::start_observer() noexcept {
  Status started =
      records_ ? start_thread(*observers_, "wserve-observer", &Server::observe, 0) : Status();
  return started.is_ok() && watchdog_
             ? start_thread(*observers_, "wserve-watch", &Server::watch_running, 0)
             : started;
}

void Server::watch_running(unsigned /*index*/) {
  watchdog_->run();
}

void Server::observe(unsigned /*index*/) {
  records_->run([this](const app::Observation& seen) { tell(seen); },
                [this](std::uint64_t lost) { end_batch(lost); });
}

void Server::tell(const app::Observation& seen) {
  const observe::Record record(seen, observe::wall_offset(clock_));
  if (access_log_) {
    static_cast<void>(base::guarded([&]() -> Status {
      access_log_->add(record);
      return {};
    }));
  }
  base::MutexLock lock(done_mutex_);
  const Done* const done = &done_;  // clang sees no lock in a lambda
  if (*done) {
    static_cast<void>(base::guarded([&]() -> Status {
      (*done)(record);
      return {};
    }));
  }
}

// What was lost before, and what cannot be written now.
void Server::end_batch(std::uint64_t lost) noexcept {
  static_cast<void>(base::guarded([&]() -> Status {
    base::Log& log = service_->client_logs.observers;
    if (lost > 0) {
      log.write(base::Severity::kWarning,
                base::concat(lost,
                             " request(s) are not in the access log, nor told of: more came "
                             "than could be written"));
    }
    const std::string fault = access_log_ ? access_log_->flush() : std::string();
    if (!fault.empty()) {
      log.write(base::Severity::kError, fault);
    }
    return {};
  }));
}

Status Server::open_access_log() {
  const Settings& settings = options_.settings();
  if (settings.access_log.empty() && !access_taker_) {
    return {};
  }
  auto opened = std::make_unique<observe::AccessLog>();
  Status status = opened->open(settings.access_log, settings.access_log_format, access_taker_);
  if (status.is_ok()) {
    access_log_ = std::move(opened);
  }
  return status;
}

void Server::reopen_logs() noexcept {
  if (access_log_) {
    access_log_->reopen();
  }
}

// The host program may have gone.
void Server::silence_observers() noexcept {
  base::MutexLock lock(done_mutex_);
  done_ = nullptr;
}

unsigned Server::join_observers() noexcept {
  static_cast<void>(observers_->wait(kGrace));
  return observers_->join();
}

}  // namespace wserve::server
