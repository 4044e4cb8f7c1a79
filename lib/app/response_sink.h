// Where an answer's bytes go: the sending half of a connection, as the application side sees it.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "base/bytes.h"
#include "base/ref_counted.h"
#include "base/status.h"
#include "base/unique_fd.h"

namespace wserve::app {

using base::ByteView;
using base::Status;

// What follows the pushed bytes.
enum class Then : std::uint8_t {
  kMore,      // more of this answer
  kKeepOpen,  // nothing: the answer is complete, the next request may come
  kClose,     // nothing: the connection closes once the bytes are sent
  kCut,       // nothing: the connection is reset, so that the client sees a broken answer
};

// Why an answer may no longer be wanted. kLost: a part of it could not be kept until the client
// reads, which is no fault of the client's.
enum class Gone : std::uint8_t { kNo, kHalfClosed, kDisconnected, kTimeUp, kDraining, kLost };

// Any thread, one at a time; except gone(), which any thread may ask at any time.
class ResponseSink : public base::RefCounted<ResponseSink> {
 public:
  // Sends or keeps the pieces, in order. Waits while the client is too slow, unless this thread
  // turns the event loop. kDisconnected when nobody reads any more.
  virtual Status push(std::span<const ByteView> pieces, Then then) = 0;

  // Sends `size` bytes of the file from `offset` on, without reading them into memory.
  virtual Status push_file(base::UniqueFd file, std::uint64_t offset, std::uint64_t size) = 0;

  [[nodiscard]] virtual Gone gone() const noexcept = 0;

  // Gives the connection away: `fd` is the caller's, `ahead` holds what was already read from it.
  virtual Status detach(base::UniqueFd& fd, std::string& ahead) = 0;

  virtual void last_released() noexcept = 0;

 protected:
  ~ResponseSink() = default;
};

}  // namespace wserve::app
