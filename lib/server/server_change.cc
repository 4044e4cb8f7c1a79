// Options that change while the server runs.
#include "base/text.h"
#include "server/descriptor_limit.h"
#include "server/held_log.h"
#include "server/make_service.h"
#include "server/server.h"

namespace wserve::server {

using base::ByteView;
using base::Code;
using base::Status;

namespace {

bool has_same_proxies(const Settings& one, const Settings& other) {
  return one.trusted_proxy == other.trusted_proxy &&
         one.trusted_proxy_count == other.trusted_proxy_count &&
         one.trusted_proxy_headers == other.trusted_proxy_headers &&
         one.clear_untrusted_proxy_headers == other.clear_untrusted_proxy_headers &&
         one.log_untrusted_proxy_headers == other.log_untrusted_proxy_headers;
}

}  // namespace

// A child of the process cannot wait for a thread that held the lock when it was made.
const char* Server::get(ByteView name) const noexcept {
  if (is_in_child()) {
    return options_.get(name);
  }
  const base::MutexLock lock(change_mutex_);
  return current().get(name);
}

Status Server::change(ByteView name, std::optional<ByteView> value) {
  const Option* option = find_option(name);
  if (option != nullptr && !option->is_live) {
    return {Code::kState,
            base::concat(option->name, " cannot change: the server is listening already")};
  }
  if (Status may = check_may_reconfigure(); !may.is_ok()) {
    return may;
  }
  HeldLog log(*log_);
  const base::MutexLock lock(change_mutex_);
  Options options = current();
  if (Status set = options.set(name, value); !set.is_ok()) {
    return set;
  }
  return accept_changes(options, log);
}

Status Server::reconfigure(const Server& wanted) {
  if (&wanted == this || wanted.state_ != State::kNew) {
    return {Code::kState, "the other server is to be one that does not listen"};
  }
  if (Status may = check_may_reconfigure(); !may.is_ok()) {
    return may;
  }
  if (state_ == State::kRunning && monitoring_.notify) {
    monitoring_.notify->say_reloading();
  }
  HeldLog log(*log_);
  Status accepted;
  {
    const base::MutexLock lock(change_mutex_);
    Options options = current();
    accepted = options.take_live(wanted.options_);
    if (accepted.is_ok()) {
      accepted = accept_changes(options, log);
    }
  }
  warn_about_others(wanted.options_);
  if (state_ == State::kRunning) {
    say_ready();
  }
  return accepted;
}

void Server::warn_about_others(const Options& wanted) const {
  const std::string names = options_.names_that_differ(wanted);
  if (!names.empty()) {
    log_->write(base::Severity::kWarning,
                base::concat("these options are not as they were when the server began to listen, "
                             "and change with a restart only: ",
                             names));
  }
}

Status Server::check_may_reconfigure() const {
  if (is_in_child()) {
    return {Code::kState, "the server belongs to the process that started it"};
  }
  if (state_ == State::kStarting) {
    return {Code::kState, "the server is just starting: its options may change when it runs"};
  }
  if (state_ != State::kListening && state_ != State::kRunning) {
    return {Code::kState, "the server does not listen"};
  }
  return {};
}

// All of them, or none.
Status Server::accept_changes(const Options& options, base::Log& log) {
  if (Status may = check_may_reconfigure(); !may.is_ok()) {
    return may;
  }
  if (Status checked = options.check(); !checked.is_ok()) {
    return checked;
  }
  if (!changed_) {
    changed_ = std::make_unique<Options>(options_);
  }
  apply(options.settings(), log);
  return changed_->take_live(options);
}

Status Server::begin_starting() {
  const base::MutexLock lock(change_mutex_);
  if (state_ != State::kListening) {
    return {Code::kState, "the server has been run already"};
  }
  if (changed_) {
    options_ = *changed_;
  }
  state_ = State::kStarting;
  return {};
}

// What fails comes first.
void Server::apply(const Settings& settings, base::Log& log) {
  if (state_ != State::kRunning) {
    log_->set_level(settings.log_level);
    return;  // the start will see the others
  }
  if (!has_same_proxies(settings, current().settings())) {
    service_->proxy.replace(make_policy(settings, log));
  }
  if (settings.connection_limit > current().settings().connection_limit) {
    warn_about_descriptor_limit(settings, listeners_.all().size(),
                                static_cast<unsigned>(loops_.size()), log);
  }
  log_->set_level(settings.log_level);
  tune(settings, service_->limits);
  tune(settings, loop_settings_);
  dispatcher().set_queue_limits(
      {.max_waiting = settings.queue_limit, .max_wait = settings.queue_timeout});
  connection_counts_.addresses.set_limit(settings.connection_limit_per_address,
                                         service_->proxy.now().peers);
}

}  // namespace wserve::server
