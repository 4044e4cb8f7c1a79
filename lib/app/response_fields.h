// The fields of an answer, checked and rendered as they are added.
#pragma once

#include <cstdint>
#include <optional>

#include "base/byte_buffer.h"
#include "base/status.h"

namespace wserve::app {

class ResponseFields {
 public:
  // Copies both. kInvalid for a name that is no token, a value with CR, LF, NUL or another control,
  // a hop-by-hop field (but Upgrade, as long as it is permitted), a Content-Length that is no
  // number or comes twice.
  base::Status add(base::ByteView name, base::ByteView value);
  // The same for a Content-Type, for less.
  base::Status add_content_type(base::ByteView value);
  // Once the status is known: only 426 says what to upgrade to (RFC 9110 §15.5.22). kInvalid when
  // that was said and is not permitted.
  base::Status permit_upgrade(bool is_permitted);

  void clear() noexcept;

  // "Name: value\r\n" for each field but Content-Length, in the order they were added.
  [[nodiscard]] base::ByteView lines() const noexcept { return lines_.view(); }
  [[nodiscard]] std::optional<std::uint64_t> content_length() const noexcept {
    return content_length_;
  }
  [[nodiscard]] bool has_date() const noexcept { return has_date_; }
  [[nodiscard]] bool has_server() const noexcept { return has_server_; }
  [[nodiscard]] bool has_upgrade() const noexcept { return has_upgrade_; }

 private:
  base::Status set_content_length(base::ByteView value);
  base::Status add_upgrade(base::ByteView value);

  base::ByteBuffer lines_;
  std::optional<std::uint64_t> content_length_;
  bool has_date_ = false;
  bool has_server_ = false;
  bool has_upgrade_ = false;
  bool may_upgrade_ = true;
};

// A field that belongs to one connection, not to the message (PEP 3333, RFC 9110 §7.6.1).
[[nodiscard]] bool is_hop_by_hop(base::ByteView name) noexcept;

// Name and value of a field may go on the wire.
base::Status check_field(base::ByteView name, base::ByteView value);
// Likewise behind the content.
base::Status check_trailer(base::ByteView name, base::ByteView value);

}  // namespace wserve::app
