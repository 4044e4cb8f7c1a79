// Clients that are turned away before they have a connection, and what the log hears.
#include <algorithm>
#include <cstdint>

#include "base/guard.h"
#include "base/text.h"
#include "http/error_page.h"
#include "net/loop.h"

namespace wserve::net {

using base::Severity;

// An answer that fits into the buffer of a new socket. It gets no lingering close as a connection
// has it: this client has too many.
void Loop::reject(base::UniqueFd socket, const gateway::Endpoint& endpoint) {
  const http::Refusal refusal{503, "Too many connections from this address"};
  on_refusal(refusal, app::Cause::kAddressLimit, endpoint);
  const std::string page = http::render_error_page(
      refusal, {.ident = service().site.ident, .site = &service().pages, .date = date()});
  const base::ByteView bytes = page;
  const std::int64_t sent = send_pieces(socket.get(), {&bytes, 1});
  if (const app::Observers* observers = service().observers.get()) {
    const auto seen = app::Observation::make(*observers, endpoint, observers->clock.precise_now());
    seen->propose_page(refusal.status, page, app::Cause::kAddressLimit);
    seen->begin_answer();
    seen->end(app::Cause::kAddressLimit,
              static_cast<std::uint64_t>(std::max<std::int64_t>(sent, 0)));
  }
  rejected_clients_.admit(base_.get(), std::move(socket), now());
}

void Loop::on_refusal(const http::Refusal& refusal, app::Cause cause,
                      const gateway::Endpoint& endpoint) {
  service().counts.count_refusal(refusal.status, cause);
  base::Log& log = tools_.service->client_logs.refusals;
  const bool is_ours = !refusal.fault.empty();
  const Severity severity = is_ours ? Severity::kError : Severity::kInfo;
  if (log.wants(severity)) {
    log.write(severity, base::concat("refused a request from ", gateway::peer_text(endpoint), ": ",
                                     refusal.status, ' ', refusal.detail, is_ours ? ": " : "",
                                     refusal.fault));
  }
}

void Loop::log_socket_error(const char* call, int error) noexcept {
  if (!tools_.settings.log_socket_errors) {
    return;
  }
  static_cast<void>(base::guarded([&]() -> base::Status {
    tools_.service->client_logs.sockets.write(
        Severity::kInfo, base::concat("Socket error: ", call, ": ", base::system_reason(error)));
    return {};
  }));
}

// Long after the application has ended its answer, so that nobody else can say it.
void Loop::log_file_fault(const SendQueue::FileFault& fault) noexcept {
  static_cast<void>(base::guarded([&]() -> base::Status {
    const std::string answer =
        fault.answered_path.empty() ? "an answer" : "the answer to " + fault.answered_path;
    const std::string reason =
        fault.error == 0 ? base::concat("has become shorter: it ends at byte ", fault.offset,
                                        ", and ", fault.left, " more were promised")
                         : base::concat("cannot be read at byte ", fault.offset, ": ",
                                        base::system_reason(fault.error));
    tools_.service->client_logs.failures.write(
        fault.error == 0 ? Severity::kWarning : Severity::kError,
        base::concat("A file error has cut ", answer, ": the file ", reason));
    return {};
  }));
}

}  // namespace wserve::net
