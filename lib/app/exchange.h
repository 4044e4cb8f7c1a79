// One request and its answer: what a ws_request handle points to.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "app/application.h"
#include "app/body_stream.h"
#include "app/observation.h"
#include "app/request_data.h"
#include "app/response_sink.h"
#include "app/response_writer.h"
#include "app/service.h"
#include "base/clock.h"
#include "base/ref_counted.h"
#include "gateway/endpoint_texts.h"
#include "gateway/environ.h"
#include "gateway/proxy_headers.h"
#include "http/request.h"

namespace wserve::app {

class ExchangePool;

// When a request with a body is handed over.
enum class BodyMode : std::uint8_t {
  kWhole,     // once all of it is there
  kOnDemand,  // at its head; the first read waits until all of it is there
  kStreamed,  // at its head; each read waits for more
};

// Filled on the loop thread, then owned by one application thread at a time; only retain(),
// release() and peer_state() are for any thread at any time. Recycled by its pool after the last
// release.
class Exchange final : public base::RefCounted<Exchange>, private AnswerHook {
 public:
  static constexpr std::uint64_t kNoLimit = ~std::uint64_t{0};

  // -- the loop thread, before it is submitted

  [[nodiscard]] http::Request& request() noexcept { return request_; }
  // The request is complete; its answer goes to `sink`.
  void open(const gateway::Endpoint& endpoint, base::Ref<ResponseSink> sink,
            const http::HttpDate::Text& date, bool may_keep_alive);

  // Null: nobody observes.
  void observe(const base::Ref<Observation>& seen) noexcept { seen_ = seen; }
  [[nodiscard]] const base::Ref<Observation>* seen() const noexcept {
    return seen_ ? &seen_ : nullptr;
  }
  // Others were handed over with it: who takes it asks its sink for them, or gives them up.
  void expect_pipelined() noexcept { has_pipelined_ = true; }
  [[nodiscard]] bool has_pipelined() const noexcept { return has_pipelined_; }
  // Its connection gives it up before it was handed over: nobody answers it.
  void forget() noexcept { writer_.abandon(); }
  [[nodiscard]] bool is_open() const noexcept { return service_ != nullptr; }
  // Asks the hook for heads. True when that has answered, or has failed.
  [[nodiscard]] bool is_answered_at_head();
  // The head is there, and a body follows; then: the body is there, too.
  void expect_body() noexcept { request_.is_whole = false; }
  void take_whole_body();
  // How the body is to come, now that the head is there; and how long it may be.
  [[nodiscard]] BodyMode body_mode() noexcept;
  [[nodiscard]] std::uint64_t body_limit() const noexcept { return body_limit_; }
  // It is handed over while the body comes, into what is returned. `mode` is not kWhole.
  [[nodiscard]] base::Ref<BodyStream> open_body(BodyMode mode);
  // Behind a chunked body: `name: value CRLF`, line after line.
  void keep_trailers(ByteView lines);

  // When it was handed to the dispatcher, which may count in a time of its own.
  void set_submitted(base::Millis now) noexcept { submitted_ = now; }
  [[nodiscard]] base::Millis submitted() const noexcept { return submitted_; }
  // No application thread has time for it: 503.
  void reject(Cause cause) noexcept;

  // -- an application thread

  // False when the client has left, or has got another answer: so none is made.
  [[nodiscard]] bool is_wanted() noexcept;
  // Builds the environ. False when that has answered the request already (a malformed proxy
  // header).
  [[nodiscard]] bool prepare();
  // Runs the application and sees to it that there is an answer, unless it deferred.
  void run(Application& application);
  // The same thread may take the next request of the connection, behind run().
  [[nodiscard]] base::Ref<Exchange> take_pipelined(bool wanted) noexcept {
    return std::exchange(has_pipelined_, false) ? sink_->take_pipelined(wanted)
                                                : base::Ref<Exchange>();
  }
  // Ends what the application left open. `outcome` is what it returned.
  void settle(const Status& outcome);

  [[nodiscard]] gateway::Environ& environ() noexcept { return environ_; }
  // The value of a key of the environ, or of a key that is made only when it is asked for; null
  // when there is none. A NUL stands behind it; valid as long as the exchange.
  [[nodiscard]] const char* find_value(ByteView key);
  // The address that its connection came in on; "-" where it was not accepted by us.
  [[nodiscard]] const char* listener() const noexcept;
  // Of the answer, before its head is sent; the text stays as long as the exchange. Null for none.
  [[nodiscard]] const char* find_field(ByteView name);
  // Likewise, all of them; kUnknown when there is none of that index.
  Status field_at(std::size_t index, const char*& name, const char*& value);
  // Sees the answer before its head goes out, and so does the one that takes its place; the last
  // that was added comes first, and the server's own hook behind all of them.
  Status add_answer_hook(std::unique_ptr<Application> hook);
  // Who the user is, others want to know too.
  void set_value(ByteView key, ByteView value);
  // For as long as the exchange is one request's.
  void set_data(ByteView key, void* data, RequestData::Release at_end);
  [[nodiscard]] void* data(ByteView key) const noexcept {
    return data_ ? data_->get(key) : nullptr;
  }
  [[nodiscard]] const gateway::Endpoint& endpoint() const noexcept { return endpoint_; }
  [[nodiscard]] const Service& service() const noexcept { return *service_; }
  // False in a child of the process that answers.
  [[nodiscard]] bool is_here() const noexcept { return service_->here.is_here(); }
  // What it is called, if requests have ids; once it was prepared.
  [[nodiscard]] ByteView id() const noexcept { return id_; }
  // Its body is read as parts of a form, and by nobody else.
  [[nodiscard]] bool is_body_taken() const noexcept { return is_body_taken_; }
  void take_body() noexcept { is_body_taken_ = true; }
  // Answers 400 for a proxy header that cannot be read, and says so in the log.
  void refuse_malformed(const gateway::MalformedHeader& malformed);
  // The site's page for this, or one of the server's that says it is made by `made_by`.
  Status reply_page(const http::Refusal& refusal, ByteView made_by);
  [[nodiscard]] ResponseWriter& response() noexcept { return writer_; }

  // Body bytes from where the last read ended; `got` is 0 at the end. Of a body that still comes:
  // kTimeout when none has come within `limit`, and on the loop's own thread at once.
  Status read(char* to, std::size_t capacity, std::size_t& got,
              BodyStream::Wait limit = BodyStream::kForever);
  // The same for who can only wait: kState where that must not be, on the loop's own thread.
  Status read_waiting(char* to, std::size_t capacity, std::size_t& got);
  Status rewind();
  // -1 while nobody knows.
  [[nodiscard]] std::int64_t body_size() const noexcept;
  [[nodiscard]] bool is_streamed() const noexcept { return mode_ == BodyMode::kStreamed; }
  // A field behind the body, once that has been read to its end. kUnknown when there is none.
  Status trailer(std::size_t index, const char*& name, const char*& value);

  // In the hook for heads.
  Status limit_body(std::uint64_t bytes);
  Status stream_body();
  // As the deployment has it, before the hook for heads sees it.
  void choose_stream(std::optional<bool> wanted) noexcept { wants_stream_ = wanted; }

  // Without waiting: kTimeout, and nothing taken, when more waits than the mark allows.
  Status try_write(ByteView data);
  [[nodiscard]] std::uint64_t pending() const noexcept { return sink_->pending(); }
  void set_mark(std::size_t bytes) { sink_->set_mark(bytes); }
  Status open_signal(int& fd) { return sink_->open_signal(fd); }

  // The application keeps the exchange beyond its callback and holds a reference.
  // kState at the head, where the loop has it.
  Status defer();
  [[nodiscard]] bool is_deferred() const noexcept {
    return is_deferred_.load(std::memory_order_relaxed);
  }
  // It goes to a worker that pulls: what ran so far were filters.
  void pass_to_worker() noexcept { is_handed_on_ = true; }
  [[nodiscard]] bool is_handed_on() const noexcept { return is_handed_on_; }
  Status end(ByteView last = {});
  Status reply(int status, ByteView content_type, ByteView data);
  // Sends a part of a file with a duplicate of the descriptor. kInvalid for what is no file that
  // can be read, and beyond its end.
  Status send_file(int fd, std::uint64_t offset, std::uint64_t size);
  // The application has failed: 500, or a cut when the head is out. `text` is for the log.
  void fail(ByteView text);
  // The same without a word in the log: the application has said it there, or does not mind.
  void give_up(ByteView text = {});
  // `ahead` is valid as long as the exchange.
  Status detach(base::UniqueFd& fd, ByteView& ahead);

  // Any thread.
  [[nodiscard]] PeerState peer_state() const noexcept;

  void last_released() noexcept;

 private:
  friend class ExchangePool;
  friend class ExchangeList;
  explicit Exchange(ExchangePool& pool) noexcept : pool_(pool) {}
  void before_head() noexcept override;
  void show_answer_to(Application& hook) noexcept;
  [[gnu::cold, gnu::noinline]] void drop_answer_hooks() noexcept;

  static constexpr std::size_t kUsualFields = 128;
  static constexpr std::size_t kUsualBytes = 16 * 1024;

  // Once a thread has taken it; as prepare().
  [[nodiscard]] bool prepare_taken();
  void read_marks();
  void take_id(ByteView given);
  void tell_queue_time();
  // Path and id, for a line of the log.
  [[nodiscard]] std::string named() const;
  void drop();
  void set_cause(Cause cause) noexcept {
    if (seen_) {
      seen_->set_cause(cause);
    }
  }
  void ask_for_body();
  Status collect_body();
  void drop_body() noexcept;
  void answer_failure(ByteView text);
  // `otherwise` begins the line unless the client has left, or the answer was cut already.
  void log_failure(bool has_left, const char* otherwise, ByteView text);
  // Nothing can be sent, which is not the application's doing.
  [[nodiscard]] bool has_lost_client() const noexcept;
  void log_faults();
  void log_loss();
  void log_length_fault();
  void log_missing_bytes();
  void recycle() noexcept;
  // It keeps no more memory than the next one will need.
  [[nodiscard]] bool is_small() const noexcept {
    return request_.fields.capacity() <= kUsualFields &&
           environ_.entries().capacity() <= 2 * kUsualFields && writer_.kept_bytes() <= kUsualBytes;
  }

  ExchangePool& pool_;
  const Service* service_ = nullptr;
  http::Request request_;
  gateway::Environ environ_;
  gateway::Endpoint endpoint_;
  gateway::EndpointTexts ends_;
  base::Ref<Observation> seen_;
  base::Ref<ResponseSink> sink_;
  ResponseWriter writer_;
  ByteView id_;                 // in the arena
  base::Micros proxied_at_{0};  // by our clock; 0: no proxy has told
  RunningRequests::Entry running_;
  std::uint64_t read_offset_ = 0;
  base::Ref<BodyStream> stream_;
  std::string trailers_;               // name NUL value NUL
  std::unique_ptr<RequestData> data_;  // null: nobody keeps any
  std::uint64_t body_limit_ = kNoLimit;
  BodyMode mode_ = BodyMode::kWhole;
  bool is_at_head_ = false;
  bool is_prepared_ = false;
  std::optional<bool> wants_stream_;  // nothing: as the server's option says
  bool may_keep_alive_ = false;       // once the body was asked for
  bool is_handed_on_ = false;
  bool is_loss_logged_ = false;
  bool is_body_taken_ = false;
  bool has_pipelined_ = false;
  std::string refused_file_;  // why; empty for none
  std::vector<std::unique_ptr<Application>> answer_hooks_;
  std::atomic<bool> is_deferred_{false};
  base::Millis submitted_{0};
  Exchange* next_ = nullptr;  // in an ExchangeList
};

}  // namespace wserve::app
