// The encoders of one answer, each fed by the one before, and what the last of them has made.
#pragma once

#include <memory>
#include <vector>

#include "app/encoder.h"
#include "base/byte_buffer.h"

namespace wserve::app {

// The first encoder that was added stands next to the application.
class Coding {
 public:
  // Behind those that are there. When it throws, the encoder is still the caller's.
  void add(std::unique_ptr<Encoder>& encoder);

  // Takes `data` through all of them. What an encoder could not pass on is its failure, too.
  base::Status run(base::ByteView data, EncodeStep step);
  [[nodiscard]] bool is_running() const noexcept { return is_running_; }
  // Whoever runs it waits while the client is too slow.
  [[nodiscard]] bool may_wait() const noexcept { return may_wait_; }

  // While it runs: from the encoder whose turn it is, to the next one, or to what is kept.
  base::Status put(base::ByteView made);
  // The first failure behind an encoder is what run() returns; it makes `status` what it was.
  base::Status remember(base::Status status);

  [[nodiscard]] base::ByteView kept() const noexcept { return kept_.view(); }
  void clear_kept() noexcept { kept_.clear(); }
  // What was kept could not be sent: the failure is not the encoder's.
  void set_unsent() noexcept { is_unsent_ = true; }
  [[nodiscard]] bool is_unsent() const noexcept { return is_unsent_; }

 private:
  base::Status call(base::ByteView data, EncodeStep step);

  std::vector<std::unique_ptr<Encoder>> encoders_;
  std::size_t turn_ = 0;  // of which encoder, while it runs
  base::ByteBuffer kept_;
  base::Status failure_;
  bool is_running_ = false;
  bool may_wait_ = false;
  bool is_unsent_ = false;
};

}  // namespace wserve::app
