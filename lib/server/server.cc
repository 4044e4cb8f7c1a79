// The life of a server: new, listening, running, stopped.
#include "server/server.h"

#include "app/inline_dispatcher.h"
#include "base/text.h"
#include "server/descriptor_limit.h"
#include "server/explain.h"
#include "server/make_service.h"
#include "server/stream_choice.h"

namespace wserve::server {

using base::ByteView;
using base::Code;
using base::Status;
using std::chrono::milliseconds;

base::Ref<Server> Server::make() {
  // NOLINTNEXTLINE(cppcoreguidelines-owning-memory): the reference count owns it.
  return base::Ref<Server>(new Server);
}

Server::Server() : log_(std::make_shared<LogRelay>()) {}

// A child has none of its parent's threads.
Server::~Server() {
  if (service_ && service_->here.is_here()) {
    workers_->let_go();
    loop_threads_->let_go();
    observers_->let_go();
  }
}

Status Server::check_may_change() const {
  return state_ == State::kNew ? Status() : Status(Code::kState, "the server is listening already");
}

Status Server::set(ByteView name, std::optional<ByteView> value) {
  return state_ == State::kNew ? options_.set(name, value) : change(name, value);
}

Status Server::set_from_file(ByteView name, ByteView value) {
  Status may_change = check_may_change();
  return may_change.is_ok() ? options_.set_from_file(name, value) : may_change;
}

Status Server::set_application(std::unique_ptr<app::Application> application) {
  if (Status may_change = check_may_change(); !may_change.is_ok()) {
    return may_change;
  }
  if (pulled_.has_waiters()) {
    return {Code::kState, "the server has a worker already; it takes no application"};
  }
  pipeline_.set_end(*application);
  application_ = std::move(application);
  has_application_ = true;
  return {};
}

Status Server::set_hook(std::unique_ptr<app::Application>& place,
                        std::unique_ptr<app::Application> hook) {
  Status may_change = check_may_change();
  if (may_change.is_ok()) {
    place = std::move(hook);
  }
  return may_change;
}

Status Server::add_filter(std::unique_ptr<app::Filter> filter) {
  Status may_change = check_may_change();
  if (may_change.is_ok()) {
    pipeline_.add(std::move(filter));
  }
  return may_change;
}

Status Server::set_log(LogRelay::Receiver receiver) {
  if (Status may_change = check_may_change(); !may_change.is_ok()) {
    return may_change;
  }
  log_->set_receiver(std::move(receiver));
  return {};
}

Status Server::make_specs(std::vector<net::ListenSpec>& specs) const {
  if (Status checked = options_.check(); !checked.is_ok()) {
    return checked;
  }
  const bool by_host = options_.is_set("host") || options_.is_set("port");
  return make_listen_specs(options_.settings(), by_host, specs);
}

Status Server::explain_proxy(ByteView peer, ByteView fields, std::string& text) const {
  return server::explain_proxy(options_.settings(), log_, peer, fields, text);
}

Status Server::listen() {
  if (Status may_change = check_may_change(); !may_change.is_ok()) {
    return may_change;
  }
  const Settings& settings = options_.settings();
  log_->set_level(settings.log_level);
  std::vector<net::ListenSpec> specs;
  Status status = make_specs(specs);
  // Standard error may be closed where nobody has asked for a log.
  if (status.is_ok() && options_.is_set("log_fd")) {
    status = log_->set_descriptor(static_cast<int>(settings.log_fd));
  }
  if (status.is_ok()) {
    status = check_temporary_directory();
  }
  if (status.is_ok()) {
    status = read_pages(pages_);
  }
  if (status.is_ok()) {
    status = open_access_log();
  }
  if (status.is_ok()) {
    status = listeners_.bind(specs, make_bind_settings(settings));
  }
  if (status.is_ok()) {
    status = listen_for_monitors(specs);
  }
  if (status.is_ok()) {
    warn_about_ignored();
    state_ = State::kListening;
  }
  return status;
}

void Server::warn_about_ignored() {
  for (const std::string& name : options_.ignored()) {
    log_->write(base::Severity::kWarning, base::concat(name, " has no effect in wserve"));
  }
}

// Everything that must happen in the process that will work.
Status Server::prepare(Turned turned) {
  if (state_ == State::kNew) {
    if (Status listening = listen(); !listening.is_ok()) {
      return listening;
    }
  }
  if (Status begun = begin_starting(); !begun.is_ok()) {
    return begun;
  }
  Status opened = open_loops(turned);
  if (!opened.is_ok()) {
    state_ = State::kListening;
    return opened;
  }
  turned_ = turned;
  state_ = State::kRunning;
  say_ready();
  return {};
}

Status Server::open_loops(Turned turned) {
  const Settings& settings = options_.settings();
  unsigned loops = 1;
  if (Status counted = count_loops(settings, turned, loops); !counted.is_ok()) {
    return counted;
  }
  warn_about_descriptor_limit(settings, listeners_.all().size(), loops, *log_);
  prepare_service(loops);
  loop_settings_ = make_loop_settings(settings, service_->storage);
  loop_settings_.runs_inline = !is_pulled() && settings.threads == 0;
  loop_settings_.hands_over_pipelined =
      !is_pulled() && settings.threads > 0 && turned != Turned::kByHost;
  loop_settings_.shares_listeners = loops > 1;
  loop_settings_.is_turned_by_host = turned == Turned::kByHost;
  if (is_pulled() && !pulled_.has_waiters()) {
    log_->write(base::Severity::kWarning,
                "the server has neither an application nor a worker: requests wait until there is "
                "a worker");
  }
  dispatcher().set_queue_limits(
      {.max_waiting = settings.queue_limit, .max_wait = settings.queue_timeout});
  connection_counts_.addresses.set_limit(settings.connection_limit_per_address,
                                         service_->proxy.now().peers);
  return loops_.open(loops, {.settings = loop_settings_,
                             .stop = stop_request_,
                             .connection_counts = connection_counts_,
                             .listeners = listeners_,
                             .clock = clock_,
                             .dispatcher = dispatcher(),
                             .service = service_,
                             .monitor = {&monitoring_.listeners, monitoring_.pages.get()},
                             .notify = monitoring_.notify.get()});
}

// What all exchanges share, who answers them and who watches.
void Server::prepare_service(unsigned loops) {
  const Settings& settings = options_.settings();
  service_ = make_service(settings, loops, log_);
  for (const net::Listener& listener : listeners_.all()) {
    service_->listeners.push_back(listener.address);
  }
  service_->pages = pages_;
  service_->at_head = head_hook_.get();
  if (pipeline_.chooses_streams()) {
    stream_choice_ = std::make_unique<StreamChoice>(pipeline_, service_->at_head);
    service_->at_head = stream_choice_.get();
  }
  service_->at_answer = answer_hook_;
  prepare_observers();
  if (!is_pulled()) {
    make_dispatcher();
  }
  prepare_monitoring(loops);
  // Half of the threads always stay for requests that are whole.
  service_->max_on_demand = is_pulled() ? 0 : settings.threads / 2;
  service_->limits.pauses_at_head = service_->at_head != nullptr || service_->streams_bodies ||
                                    service_->max_on_demand > 0 || service_->observers;
}

void Server::make_dispatcher() {
  const unsigned threads = options_.settings().threads;
  if (threads == 0) {
    dispatcher_ = std::make_unique<app::InlineDispatcher>(pipeline_, *log_);
  } else {
    auto pool = std::make_unique<app::WorkerPool>(threads, pipeline_, clock_, *log_,
                                                  [this](unsigned index) { return spawn(index); });
    pool_ = pool.get();
    dispatcher_ = std::move(pool);
  }
}

Status Server::start_workers() {
  if (pool_ == nullptr) {
    return {};
  }
  for (unsigned i = 0; i < options_.settings().threads; ++i) {
    if (Status spawned = spawn(i); !spawned.is_ok()) {
      return spawned;
    }
  }
  return {};
}

// Any thread.
Status Server::spawn(unsigned index) noexcept {
  return start_thread(*workers_, "wserve-worker", &Server::work, index);
}

Status Server::run() {
  if (Status prepared = prepare(Turned::kByThreads); !prepared.is_ok()) {
    return prepared;
  }
  Status started = start_threads(1);
  if (started.is_ok()) {
    turner_.store(std::this_thread::get_id());
    turn_loop(0);
    turner_.store({});
  } else {
    leave_loop(0);
  }
  static_cast<void>(join());
  return started;
}

Status Server::start() {
  const bool by_worker = is_pulled() && options_.settings().threads == 0;
  const Turned turned = by_worker ? Turned::kByWorker : Turned::kByThreads;
  if (Status prepared = prepare(turned); !prepared.is_ok()) {
    return prepared;
  }
  if (by_worker) {
    pulled_.end_sleep();
    return start_observer();
  }
  Status started = start_threads(0);
  if (!started.is_ok()) {
    static_cast<void>(join());
  }
  return started;
}

// The workers', and those of the loops from `first_loop` on. On failure every loop ends that has a
// thread, or would have got one.
Status Server::start_threads(unsigned first_loop) noexcept {
  Status started = start_observer();
  if (started.is_ok()) {
    started = start_workers();
  }
  for (unsigned i = first_loop; i < loops_.size(); ++i) {
    if (started.is_ok()) {
      started = start_thread(*loop_threads_, "wserve-loop",
                             is_pulled() ? &Server::turn_loop_for_workers : &Server::turn_loop, i);
    }
    if (!started.is_ok()) {
      drain(milliseconds(0));
      leave_loop(i);
    }
  }
  return started;
}

Status Server::join() {
  if (state_ < State::kRunning) {
    return {Code::kState, "the server has not been started"};
  }
  // Before the lock, which another thread may have held when the process forked.
  if (is_in_child()) {
    return {Code::kState, "the server belongs to the process that started it"};
  }
  if (is_own_thread()) {
    return {Code::kState, "this thread is the server's own, which cannot wait for its own end"};
  }
  if (turned_ == Turned::kByHost && host_.load() == std::this_thread::get_id()) {
    while (turn(milliseconds(-1)).is_ok()) {
    }
  }
  join_threads();
  return {};
}

void Server::join_threads() noexcept {
  wait_until_stopped();
  warn_about_running(loop_threads_->join() + workers_->join() + join_observers());
}

void Server::wait_until_stopped() noexcept {
  base::MutexLock lock(mutex_);
  while (!has_stopped_) {
    stopped_.wait(mutex_);
  }
}

// On the thread that turned the last loop.
void Server::finish() noexcept {
  pulled_.close();
  unsigned left = 0;
  if (pool_ != nullptr) {
    pool_->stop();
    left = wait_for_workers();
  }
  service_->has_stopped.store(true, std::memory_order_release);
  listeners_.close();
  monitoring_.listeners.close();
  service_->storage.temporary.drop_spare();
  service_->client_logs.flush();
  if (left == 0) {
    application_.reset();
  }
  if (records_) {
    records_->close();
  }
  if (watchdog_) {
    watchdog_->end();
  }
  base::MutexLock lock(mutex_);
  state_ = State::kStopped;
  has_stopped_ = true;
  stopped_.notify_all();
}

void Server::drain(milliseconds limit) noexcept {
  std::int64_t known = stop_request_.limit_ms.load();
  while (limit.count() < known &&
         !stop_request_.limit_ms.compare_exchange_weak(known, limit.count())) {
  }
  stop_request_.is_asked.store(true);
  loops_.notify();
}

void Server::abandon() noexcept {
  drain(milliseconds(0));
  silence_observers();
  log_->silence();
  is_abandoned_.store(true);
  end_if_abandoned();
}

}  // namespace wserve::server
