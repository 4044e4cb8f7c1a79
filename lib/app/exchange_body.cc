// The body of an exchange: there as a whole, or on its way.
#include "app/exchange.h"
#include "app/exchange_pool.h"
#include "base/text.h"

namespace wserve::app {

using base::Code;

// Its length was not known when the environ was made for the hook.
void Exchange::take_whole_body() {
  const bool was_whole = std::exchange(request_.is_whole, true);
  if (!was_whole && is_prepared_ && request_.framing.body == http::BodyKind::kChunked) {
    environ_.set("CONTENT_LENGTH", base::concat(request_.body.size()));
  }
}

BodyMode Exchange::body_mode() noexcept {
  const Service& service = pool_.service();
  if (wants_stream_.value_or(service.streams_bodies)) {
    return BodyMode::kStreamed;
  }
  const http::Framing& framing = request_.framing;
  if (framing.expects_continue && framing.body == http::BodyKind::kLength &&
      service.on_demand.load(std::memory_order_relaxed) < service.max_on_demand) {
    return BodyMode::kOnDemand;
  }
  return BodyMode::kWhole;
}

base::Ref<BodyStream> Exchange::open_body(BodyMode mode) {
  stream_ = mode == BodyMode::kStreamed ? BodyStream::make(service_->body_window, sink_)
                                        : BodyStream::make_collecting(request_.body, sink_);
  mode_ = mode;
  if (mode == BodyMode::kOnDemand) {
    service_->on_demand.fetch_add(1, std::memory_order_relaxed);
  }
  // RFC 9110 §10.1.1: who answers before the body was asked for does not know whether it comes.
  if (request_.framing.expects_continue) {
    stream_->hold();
    may_keep_alive_ = writer_.keeps_alive();
    writer_.forbid_keep_alive();
  }
  return stream_;
}

// Nobody reads what comes of it from here on.
void Exchange::drop_body() noexcept {
  stream_->discard();
  stream_.reset();
  if (mode_ == BodyMode::kOnDemand) {
    service_->on_demand.fetch_sub(1, std::memory_order_relaxed);
  }
  mode_ = BodyMode::kWhole;
}

// RFC 9110 §10.1.1: the application wants the body, so the client shall send it; unless it has
// begun to without being asked.
void Exchange::ask_for_body() {
  if (!stream_->let_go()) {
    return;
  }
  if (!writer_.is_head_sent()) {
    if (may_keep_alive_) {
      writer_.permit_keep_alive();
    }
    if (!stream_->has_begun()) {
      static_cast<void>(writer_.send_continue());
    }
  }
  sink_->notify_loop();
}

Status Exchange::collect_body() {
  ask_for_body();
  return stream_->wait_for_end();
}

Status Exchange::read(char* to, std::size_t capacity, std::size_t& got, BodyStream::Wait limit) {
  if (mode_ == BodyMode::kStreamed) {
    sink_->clear_signal();
    ask_for_body();
    return stream_->read(to, capacity, got, sink_->is_loop_thread() ? BodyStream::Wait(0) : limit);
  }
  if (mode_ == BodyMode::kOnDemand) {
    if (Status collected = collect_body(); !collected.is_ok()) {
      return collected;
    }
  }
  if (!request_.is_whole && mode_ == BodyMode::kWhole) {
    return {Code::kState, "the body has not come yet: at its head it cannot be read"};
  }
  Status status = request_.body.read_at(read_offset_, to, capacity, got);
  read_offset_ += got;
  return status;
}

Status Exchange::read_waiting(char* to, std::size_t capacity, std::size_t& got) {
  Status status = read(to, capacity, got);
  return status.code() != Code::kTimeout
             ? status
             : Status(Code::kState,
                      "the body still comes, and the thread of the event loop cannot wait for it: "
                      "ws_request_read_some() does not");
}

Status Exchange::rewind() {
  if (mode_ == BodyMode::kStreamed) {
    return {Code::kState, "a body that is streamed can be read once only"};
  }
  read_offset_ = 0;
  return {};
}

std::int64_t Exchange::body_size() const noexcept {
  if (request_.is_whole) {
    return static_cast<std::int64_t>(request_.body.size());
  }
  return request_.framing.body == http::BodyKind::kLength
             ? static_cast<std::int64_t>(request_.framing.length)
             : -1;
}

Status Exchange::limit_body(std::uint64_t bytes) {
  if (!is_at_head_) {
    return {Code::kState, "a body is limited at its head, in the callback of ws_server_on_head()"};
  }
  body_limit_ = bytes;
  return {};
}

Status Exchange::stream_body() {
  if (!is_at_head_) {
    return {Code::kState,
            "whether a body is streamed is said at its head, in the callback of "
            "ws_server_on_head(), or by the option body_streaming"};
  }
  wants_stream_ = true;
  return {};
}

Status Exchange::try_write(ByteView data) {
  sink_->clear_signal();
  return sink_->is_above_mark() ? Status(Code::kTimeout) : writer_.write(data, Then::kMoreNow);
}

void Exchange::keep_trailers(ByteView lines) {
  while (!lines.empty()) {
    ByteView line = base::take_until(lines, '\r');
    lines.remove_prefix(std::min<std::size_t>(lines.size(), 1));  // the LF
    if (!line.empty()) {
      const ByteView name = base::take_until(line, ':');
      trailers_.append(name).push_back('\0');
      trailers_.append(base::trim_blanks(line)).push_back('\0');
    }
  }
}

Status Exchange::trailer(std::size_t index, const char*& name, const char*& value) {
  if (mode_ == BodyMode::kStreamed) {
    if (!stream_->has_ended()) {
      return {Code::kState, "trailers come behind the body: read that to its end"};
    }
    if (trailers_.empty()) {
      keep_trailers(stream_->take_trailers());
    }
  }
  const char* at = trailers_.data();
  const char* const end = at + trailers_.size();
  for (; at < end; --index) {
    const char* const found = at + ByteView(at).size() + 1;
    if (index == 0) {
      name = at;
      value = found;
      return {};
    }
    at = found + ByteView(found).size() + 1;
  }
  return Code::kUnknown;
}

}  // namespace wserve::app
