// Reading away what comes behind a refusal.
#include "net/rejected_clients.h"

#include <array>
#include <cerrno>

namespace wserve::net {

void RejectedClients::admit(event_base* base, Transport transport, base::Millis now) {
  transport.end_output();
  if (waiting_.size() == kMax) {
    waiting_.pop_front();
  }
  Client& client =
      waiting_.emplace_back(Client{this, std::move(transport), now, nullptr, waiting_.end(), 0});
  client.place = std::prev(waiting_.end());
  client.event.reset(
      event_new(base, client.transport.fd(), EV_READ | EV_PERSIST, on_readable, &client));
  if (!client.event || event_add(client.event.get(), nullptr) != 0) {
    waiting_.pop_back();
  }
}

void RejectedClients::on_readable(int /*socket*/, short /*what*/, void* client) noexcept {
  auto& self = *static_cast<Client*>(client);
  std::array<char, 4096> unread;  // NOLINT: nobody reads it
  const ssize_t n = self.transport.receive(unread);
  const bool comes_again = n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
  self.taken += n > 0 ? static_cast<std::size_t>(n) : 0;
  if ((n <= 0 && !comes_again) || self.taken > kMaxBytes) {
    self.room->waiting_.erase(self.place);
  }
}

void RejectedClients::enforce_limit(base::Millis now) noexcept {
  while (!waiting_.empty() && now - waiting_.front().since >= kLimit) {
    waiting_.pop_front();
  }
}

}  // namespace wserve::net
