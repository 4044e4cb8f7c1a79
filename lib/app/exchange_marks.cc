// The names and times of a request that are not its client's.
#include <algorithm>
#include <array>

#include "app/exchange.h"
#include "base/random_id.h"
#include "base/text.h"
#include "gateway/request_marks.h"

namespace wserve::app {

using base::Micros;

namespace {

// A proxy that has had it for longer has another time of day, or a client speaks through it.
constexpr std::chrono::hours kMaxQueue{1};

}  // namespace

void Exchange::read_marks() {
  const gateway::RequestMarks marks =
      gateway::read_marks(service_->proxy.now(), endpoint_, environ_);
  if (marks.proxied_at) {
    const Micros age = service_->clock->precise_wall_time() - *marks.proxied_at;
    const bool is_likely = age >= Micros(0) && age <= kMaxQueue;
    proxied_at_ = is_likely ? service_->clock->precise_now() - age : Micros(0);
  }
  if (service_->proxy.now().gives_ids()) {
    take_id(marks.id);
  }
  if (seen_) {
    seen_->keep_marks(proxied_at_, id_, marks.trace_id);
  }
}

// A field of that name which is not believed goes: none but this id is to be found there. Without
// random numbers there is no id.
void Exchange::take_id(ByteView given) {
  const gateway::RequestIdField& field = service_->proxy.now().request_id;
  std::array<char, base::kRandomIdSize> made{};
  if (given.empty() && base::make_random_id(made)) {
    given = ByteView(made.data(), made.size());
  }
  id_ = environ_.arena().copy(given);
  if (id_.empty()) {
    environ_.erase(field.key);
    return;
  }
  environ_.put(field.key, id_);
  environ_.put("ws.request_id", id_);
  writer_.name_request(field.title, id_);
}

bool Exchange::prepare_taken() {
  const bool is_prepared = prepare();
  if (is_prepared && proxied_at_ != Micros(0)) {
    tell_queue_time();
  }
  if (is_prepared && service_->running) {
    service_->running->enter(running_, this,
                             base::concat(base::excerpt(request_.method), ' ', named()),
                             service_->clock->now());
  }
  return is_prepared;
}

void Exchange::tell_queue_time() {
  const Micros taken = seen_ ? seen_->time_of(Moment::kTaken) : service_->clock->precise_now();
  environ_.set("ws.queue_time", std::to_string(std::max(taken - proxied_at_, Micros(0)).count()));
}

std::string Exchange::named() const {
  std::string name = base::excerpt(request_.uri.path);
  return id_.empty() ? name : base::concat(name, " (", id_, ')');
}

}  // namespace wserve::app
