// Turns, and failures that no encoder can hide.
#include "app/coding.h"

#include "base/guard.h"

namespace wserve::app {

using base::Status;

void Coding::add(std::unique_ptr<Encoder>& encoder) {
  encoders_.reserve(encoders_.size() + 1);
  encoders_.push_back(std::move(encoder));
}

Status Coding::run(base::ByteView data, EncodeStep step) {
  is_running_ = true;
  may_wait_ = step == EncodeStep::kMore;
  Status outcome;
  for (turn_ = 0; turn_ < encoders_.size() && outcome.is_ok(); ++turn_) {
    outcome = call(turn_ == 0 ? data : base::ByteView(), step);
  }
  is_running_ = false;
  return outcome;
}

Status Coding::put(base::ByteView made) {
  if (turn_ + 1 == encoders_.size()) {
    kept_.append(made);
    return {};
  }
  ++turn_;
  Status outcome = call(made, EncodeStep::kMore);
  --turn_;
  return outcome;
}

Status Coding::call(base::ByteView data, EncodeStep step) {
  Status outcome = base::guarded([&]() -> Status { return encoders_[turn_]->encode(data, step); });
  return failure_.is_ok() ? outcome : failure_;
}

Status Coding::remember(Status status) {
  if (!status.is_ok() && failure_.is_ok()) {
    failure_ = status.code();  // also where there is no memory for the text
    failure_ = status;
  }
  return status;
}

}  // namespace wserve::app
