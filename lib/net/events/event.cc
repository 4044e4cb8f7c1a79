// Making libevent's loop, and keeping it from ending the process.
#include "net/events/event.h"

#include <fcntl.h>

#include <array>
#include <cerrno>

#include "base/unique_fd.h"

namespace wserve::net {

namespace {

// epoll, and two for signals.
constexpr std::size_t kOwnDescriptors = 3;

// libevent exits when there are none for its signals: so we look before.
base::Status check_descriptors(int any) {
  std::array<base::UniqueFd, kOwnDescriptors> kept;
  for (base::UniqueFd& fd : kept) {
    fd.reset(::fcntl(any, F_DUPFD_CLOEXEC, 0));
    if (!fd.is_open()) {
      return base::system_failure("event loop", errno);
    }
  }
  return {};
}

}  // namespace

base::Status make_event_base(int any, EventBase& base) {
  if (base::Status enough = check_descriptors(any); !enough.is_ok()) {
    return enough;
  }
  const std::unique_ptr<event_config, decltype(&event_config_free)> config(event_config_new(),
                                                                           event_config_free);
  if (!config) {
    return base::Code::kNoMemory;
  }
  event_config_set_flag(config.get(), EVENT_BASE_FLAG_NOLOCK);
  event_config_require_features(config.get(), EV_FEATURE_ET | EV_FEATURE_EARLY_CLOSE);
  base.reset(event_base_new_with_config(config.get()));
  return base ? base::Status()
              : base::Status(base::Code::kSystem,
                             "libevent cannot make an event base (is epoll to be had?)");
}

}  // namespace wserve::net
