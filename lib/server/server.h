// Wires the rooms together and leads a server through its life.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "app/application.h"
#include "app/consumer.h"
#include "app/filter.h"
#include "app/pass_to_worker.h"
#include "app/request_queue.h"
#include "app/service.h"
#include "app/worker_pool.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "base/ref_counted.h"
#include "base/thread_group.h"
#include "net/listen/listen_spec.h"
#include "net/listen/listeners.h"
#include "net/loop_group.h"
#include "observe/access_log.h"
#include "observe/record.h"
#include "observe/record_queue.h"
#include "server/log_relay.h"
#include "server/make_service.h"
#include "server/monitoring.h"
#include "server/options.h"
#include "server/stat_table.h"
#include "server/watchdog.h"

namespace wserve::server {

// Set up by one thread; stop() and statistics are for any thread. Every thread that works for the
// server, and every worker handle, holds a reference.
class Server final : public base::RefCounted<Server> {
 public:
  [[nodiscard]] static base::Ref<Server> make();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // -- options

  // Any option before listen(), and those that are live afterwards, then on any thread.
  base::Status set(base::ByteView name, std::optional<base::ByteView> value);
  // Valid until the next set().
  [[nodiscard]] const char* get(base::ByteView name) const noexcept;
  // The live options become those of `wanted`, all together or none; what else differs is named in
  // the log. The service manager is told. Any thread.
  base::Status reconfigure(const Server& wanted);

  // -- before listen()

  base::Status set_from_file(base::ByteView name, base::ByteView value);
  [[nodiscard]] const std::vector<std::string>& app_path() const noexcept {
    return options_.settings().app_path;
  }
  // The application answers the requests; without one, workers pull them.
  base::Status set_application(std::unique_ptr<app::Application> application);
  // Sees each request at its head, on a loop's thread; null for none.
  base::Status set_head_hook(std::unique_ptr<app::Application> hook) {
    return set_hook(head_hook_, std::move(hook));
  }
  // Sees each answer before its head goes out, on the thread that answers; null for none.
  base::Status set_answer_hook(std::unique_ptr<app::Application> hook) {
    base::Status may_change = check_may_change();
    if (may_change.is_ok()) {
      answer_hook_ = std::move(hook);
    }
    return may_change;
  }
  // Told of each request that has ended; null for none.
  using Done = std::function<void(const observe::Record&)>;
  base::Status set_done(Done done);
  // Lines of the access log go to it as well, on the thread of set_done(). Null for none.
  base::Status set_access_taker(observe::AccessLog::Taker taker);
  // Told of each request that is slow, on a thread of the server's: it finds its stack. Null for
  // none.
  base::Status set_slow_taker(std::function<void(const Watchdog::Slow&)> taker);
  // Behind the filters that are there already, before the application or the workers.
  base::Status add_filter(std::unique_ptr<app::Filter> filter);
  base::Status set_log(LogRelay::Receiver receiver);

  // Every contradiction between options, every listen entry that means nothing, and what the log,
  // the temporary files and the metrics could not have. Opens and binds nothing for good.
  [[nodiscard]] base::Status check() const;

  [[nodiscard]] std::string explain_sizing() const;
  base::Status explain_proxy(base::ByteView peer, base::ByteView fields, std::string& text) const;

  // -- its life

  base::Status listen();
  // Turns the event loop on this thread until the server has stopped.
  base::Status run();
  // Returns at once; the server's own threads do the work. With threads = 0 and workers that pull,
  // the (one) worker turns the loop.
  base::Status start();
  // Turns the event loop on this thread once: waits at most `limit` (negative: for ever) for
  // something to do. The first call starts the server. kClosed when it has stopped.
  base::Status turn(std::chrono::milliseconds limit);
  // Readable when turn() has something to do; as long as the server. kState before the first turn.
  base::Status turn_descriptor(int& descriptor) const;
  // A connection that was accepted elsewhere: the server's with kOk, else still the caller's.
  // kTimeout at connection_limit, kClosed when the server stops. Any thread.
  base::Status add_connection(int fd, std::optional<base::ByteView> peer);
  // Waits until the server has stopped, and until its threads have ended; those that still run the
  // application when their time is up are let go. Not for a thread that the server waits for. The
  // host's thread turns the loop meanwhile.
  base::Status join();
  // Async-signal-safe. A second call may only shorten the time that is left.
  void stop() noexcept { drain(options_.settings().stop_timeout); }
  void drain(std::chrono::milliseconds limit) noexcept;
  // The files of logs are opened anew. Async-signal-safe.
  void reopen_logs() noexcept;
  // The handle of the host program has gone: nobody is called any more.
  void abandon() noexcept;

  // -- questions

  // Null, or -1, when there is no listener of that number.
  [[nodiscard]] const char* address(std::size_t index) const noexcept {
    return listeners_.address(index);
  }
  [[nodiscard]] int port(std::size_t index) const noexcept { return listeners_.port(index); }
  // The same of metrics_listen.
  [[nodiscard]] const char* metrics_address(std::size_t index) const noexcept {
    return monitoring_.listeners.address(index);
  }
  // See stat_table.h. -1 for a name that is none.
  [[nodiscard]] std::int64_t statistic(base::ByteView name) const noexcept;

  // -- workers that pull

  base::Status join_worker(app::Consumer& consumer);
  void leave_worker(app::Consumer& consumer) noexcept;
  base::Status next(app::Consumer& consumer, std::chrono::milliseconds limit,
                    base::Ref<app::Exchange>& exchange);
  void wake(app::Consumer& consumer) noexcept;
  // Its event is set from here on whenever a request waits for it, or another reason to call
  // next().
  void watch(app::Consumer& consumer) noexcept;
  // The worker turns the loop itself, or will: there is no event to watch.
  [[nodiscard]] bool is_turned_by_worker() const noexcept;

  void last_released() noexcept { delete this; }  // NOLINT(cppcoreguidelines-owning-memory)

 private:
  enum class State : std::uint8_t { kNew, kListening, kStarting, kRunning, kStopped };

  Server();
  ~Server();
  [[nodiscard]] StatSources stat_sources() const noexcept;
  // The options as they are now; what the server was started with when none has been changed.
  [[nodiscard]] const Options& current() const noexcept REQUIRES(change_mutex_) {
    return changed_ ? *changed_ : options_;
  }
  base::Status change(base::ByteView name, std::optional<base::ByteView> value);
  void warn_about_others(const Options& wanted) const;
  // kState when it is too early or too late for changes of live options.
  [[nodiscard]] base::Status check_may_reconfigure() const;
  base::Status accept_changes(const Options& options, base::Log& log) REQUIRES(change_mutex_);
  // With the options as they are now; from here on they do not change until it runs.
  base::Status begin_starting();
  void apply(const Settings& settings, base::Log& log) REQUIRES(change_mutex_);
  // kState when it is too late for changes.
  [[nodiscard]] base::Status check_may_change() const;
  base::Status set_hook(std::unique_ptr<app::Application>& place,
                        std::unique_ptr<app::Application> hook);
  base::Status make_specs(std::vector<net::ListenSpec>& specs) const;
  // Of the process that runs it, which alone has its threads.
  [[nodiscard]] bool is_in_child() const noexcept {
    return state_ >= State::kRunning && !service_->here.is_here();
  }
  [[nodiscard]] bool is_pulled() const noexcept { return !has_application_; }

  base::Status check_temporary_directory() const;
  base::Status read_pages(http::SitePages& pages) const;
  base::Status check_monitors(const std::vector<net::ListenSpec>& taken) const;
  base::Status make_monitor_specs(const std::vector<net::ListenSpec>& taken,
                                  std::vector<net::ListenSpec>& specs) const;
  base::Status listen_for_monitors(const std::vector<net::ListenSpec>& taken);
  [[nodiscard]] MetricsLabels labels(unsigned loops) const;
  void prepare_monitoring(unsigned loops);
  void say_ready() const noexcept;
  base::Status prepare(Turned turned);
  base::Status open_loops(Turned turned);
  void prepare_service(unsigned loops);
  void make_dispatcher();
  base::Status open_access_log();
  void prepare_stacks();
  void let_stack_signal_in() const noexcept;
  void prepare_observers();
  base::Status start_observer() noexcept;
  void observe(unsigned index);
  void tell(const app::Observation& seen);
  void end_batch(std::uint64_t lost) noexcept;
  void watch_running(unsigned index);
  void silence_observers() noexcept;
  [[nodiscard]] unsigned join_observers() noexcept;
  [[nodiscard]] app::Dispatcher& dispatcher() noexcept {
    return is_pulled() ? pulled_ : *dispatcher_;
  }
  base::Status start_workers();
  base::Status start_threads(unsigned first_loop) noexcept;
  base::Status start_thread(base::ThreadGroup& group, const char* name,
                            void (Server::*body)(unsigned), unsigned index) noexcept;
  base::Status spawn(unsigned index) noexcept;
  void work(unsigned index);
  void leave_work(unsigned index) noexcept;
  base::Status turn_for_host(std::chrono::milliseconds limit);
  base::Status start_for_host();
  void end_if_abandoned() noexcept;
  void join_threads() noexcept;
  void turn_loop(unsigned index);
  void turn_loop_for_workers(unsigned index);
  void leave_loop(unsigned index) noexcept;
  void finish() noexcept;
  void wait_until_stopped() noexcept;
  [[nodiscard]] unsigned wait_for_workers() noexcept;
  void warn_about_running(unsigned threads) noexcept;
  // Whether the server waits for the calling thread before it has stopped.
  [[nodiscard]] bool is_own_thread() noexcept;
  void warn_about_ignored();
  base::Code take(app::Consumer& consumer, std::chrono::milliseconds limit,
                  base::Ref<app::Exchange>& exchange);
  base::Code turn_and_take(app::Consumer& consumer, std::chrono::milliseconds limit,
                           base::Ref<app::Exchange>& exchange);
  base::Status next_by_turning(app::Consumer& consumer, std::chrono::milliseconds limit,
                               base::Ref<app::Exchange>& exchange);

  Options options_;  // constant from listen() on
  mutable base::Mutex change_mutex_;
  std::unique_ptr<Options> changed_ GUARDED_BY(change_mutex_);  // null: none has been
  const std::shared_ptr<LogRelay> log_;
  base::SystemClock clock_;
  app::PassToWorker hand_on_;
  app::Pipeline pipeline_{hand_on_};
  bool has_application_ = false;  // else workers pull
  std::unique_ptr<app::Application> head_hook_;
  std::unique_ptr<app::Application> stream_choice_;  // before it
  std::shared_ptr<app::Application> answer_hook_;
  std::unique_ptr<app::Application> application_;  // until no thread can call it any more

  std::atomic<State> state_{State::kNew};
  http::SitePages pages_;  // until it runs
  net::Listeners listeners_;
  Monitoring monitoring_;
  net::LoopSettings loop_settings_;
  net::StopRequest stop_request_;
  net::ConnectionCounts connection_counts_;
  std::shared_ptr<app::Service> service_;
  app::RequestQueue pulled_{app::RequestQueue::Calls::kMany};  // the dispatcher, when workers pull
  std::unique_ptr<app::Dispatcher> dispatcher_;                // of any other
  app::WorkerPool* pool_ = nullptr;                            // the dispatcher, when it is one
  bool is_done_wanted_ = false;
  std::unique_ptr<observe::RecordQueue> records_;   // null: nobody wants any
  std::unique_ptr<observe::AccessLog> access_log_;  // null: there is none
  net::LoopGroup loops_;
  observe::AccessLog::Taker access_taker_;
  std::function<void(const Watchdog::Slow&)> slow_taker_;
  bool has_stack_signal_ = false;
  std::unique_ptr<Watchdog> watchdog_;  // null: nobody looks for what is slow
  std::atomic<Turned> turned_{Turned::kByThreads};
  std::atomic<std::thread::id> turner_{};  // the host program's thread that is in the loop
  std::atomic<std::thread::id> host_{};    // that was in it last, Turned::kByHost
  std::atomic<bool> is_abandoned_{false};
  const std::shared_ptr<base::ThreadGroup> workers_ = std::make_shared<base::ThreadGroup>();
  const std::shared_ptr<base::ThreadGroup> loop_threads_ = std::make_shared<base::ThreadGroup>();
  const std::shared_ptr<base::ThreadGroup> observers_ = std::make_shared<base::ThreadGroup>();

  base::Mutex mutex_;
  base::Condition stopped_;
  bool has_stopped_ GUARDED_BY(mutex_) = false;

  base::Mutex done_mutex_;
  Done done_ GUARDED_BY(done_mutex_);
};

}  // namespace wserve::server
