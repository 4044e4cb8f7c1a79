// The fields of an answer, checked and rendered as they are added.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/byte_buffer.h"
#include "base/status.h"

namespace wserve::app {

class ResponseFields {
 public:
  // Copies both. kInvalid for a name that is no token, a value with CR, LF, NUL or another control,
  // a hop-by-hop field (but Upgrade, as long as it is permitted, and Connection with "close"), a
  // Content-Length that is no number or comes twice, a Trailer with a name that is none there. A
  // field of which an answer has one takes the place of the one before.
  base::Status add(base::ByteView name, base::ByteView value);
  // The same for a Content-Type, for less.
  base::Status add_content_type(base::ByteView value);
  // Likewise, and whatever there is of this name goes, once the new one is known to be good.
  base::Status set(base::ByteView name, base::ByteView value);
  void remove(base::ByteView name) noexcept;
  // The value of the first field of this name.
  [[nodiscard]] std::optional<std::string> find(base::ByteView name) const;
  // All of them: the lines in their order; then Content-Length, Trailer and Connection.
  struct Field {
    std::string name;
    std::string value;
  };
  [[nodiscard]] std::optional<Field> at(std::size_t index) const;
  // A trailer field of this name comes behind the content. It has been checked.
  void announce(base::ByteView trailer);
  // Once the status is known: only 426 says what to upgrade to (RFC 9110 §15.5.22). kInvalid when
  // that was said and is not permitted.
  base::Status permit_upgrade(bool is_permitted);

  void clear() noexcept;
  [[nodiscard]] std::size_t capacity() const noexcept { return lines_.capacity(); }

  // "Name: value\r\n" for each field but Content-Length, Connection and Trailer, in the order they
  // were added.
  [[nodiscard]] base::ByteView lines() const noexcept { return lines_.view(); }
  [[nodiscard]] std::optional<std::uint64_t> content_length() const noexcept {
    return content_length_;
  }
  // The names of the trailer fields, as Trailer lists them.
  [[nodiscard]] base::ByteView announced() const noexcept { return announced_; }
  [[nodiscard]] bool has_date() const noexcept { return has(kDate); }
  [[nodiscard]] bool has_server() const noexcept { return has(kServer); }
  // Looks through all of them.
  [[nodiscard]] bool has_line(base::ByteView name) const noexcept {
    return !find_line(name).empty();
  }
  [[nodiscard]] bool has_upgrade() const noexcept { return has_upgrade_; }
  // The connection is to close behind the answer.
  [[nodiscard]] bool wants_close() const noexcept { return wants_close_; }

 private:
  // Places among the fields of which there is one.
  static constexpr std::size_t kContentType = 0;
  static constexpr std::size_t kDate = 1;
  static constexpr std::size_t kServer = 2;

  [[nodiscard]] bool has(std::size_t single) const noexcept {
    return (singles_ >> single & 1) != 0;
  }
  base::Status set_content_length(base::ByteView value);
  base::Status add_upgrade(base::ByteView value);
  base::Status add_connection(base::ByteView value);
  base::Status add_trailer_names(base::ByteView value);
  void keep_single(std::size_t place, base::ByteView name) noexcept;
  [[nodiscard]] base::ByteView find_line(base::ByteView name) const noexcept;
  bool remove_line(base::ByteView name) noexcept;

  base::ByteBuffer lines_;
  std::string announced_;
  std::optional<std::uint64_t> content_length_;
  std::uint32_t singles_ = 0;  // a bit for each field of which there is one
  bool has_upgrade_ = false;
  bool may_upgrade_ = true;
  bool wants_close_ = false;
};

// A field that belongs to one connection, not to the message (PEP 3333, RFC 9110 §7.6.1).
[[nodiscard]] bool is_hop_by_hop(base::ByteView name) noexcept;

// Name and value of a field may go on the wire.
base::Status check_field(base::ByteView name, base::ByteView value);
// Likewise behind the content.
base::Status check_trailer(base::ByteView name, base::ByteView value);

}  // namespace wserve::app
