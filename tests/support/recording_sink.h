// A response sink in memory: what was pushed, and what was said to follow.
#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "app/response_sink.h"

namespace wserve::tests {

// Lives as long as the test holds a reference.
class RecordingSink final : public app::ResponseSink {
 public:
  // Several exchanges may answer into one sink at once.
  app::Status push(std::span<const base::ByteView> pieces, app::Then then) override {
    const std::scoped_lock lock(mutex_);
    for (const base::ByteView piece : pieces) {
      bytes += piece;
    }
    ++pushes;
    if (then != app::Then::kMore && then != app::Then::kInterim) {
      ended = then;
    }
    return is_broken ? app::Status(base::Code::kDisconnected) : app::Status();
  }
  app::Status push_file(app::FilePart part) override {
    std::string content(part.size, '\0');
    const ssize_t n =
        ::pread(part.file.get(), content.data(), part.size, static_cast<off_t>(part.offset));
    bytes.append(content, 0, static_cast<std::size_t>(n));
    return {};
  }
  [[nodiscard]] app::PeerState peer_state() const noexcept override { return why_gone; }
  app::Status detach(base::UniqueFd& fd, std::string& ahead) override {
    fd.reset(::dup(0));
    ahead = "ahead";
    return {};
  }
  void last_released() noexcept override { delete this; }

  // Splits off what has been pushed so far.
  std::string take() { return std::exchange(bytes, {}); }

  std::string bytes;
  int pushes = 0;
  std::optional<app::Then> ended;
  bool is_broken = false;
  app::PeerState why_gone = app::PeerState::kPresent;

 private:
  std::mutex mutex_;
};

}  // namespace wserve::tests
