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

class Exchange;

// A part of a file that is a part of an answer.
struct FilePart {
  base::UniqueFd file;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::string answered_path;  // printable, for the log
};

// What follows the pushed bytes.
enum class Then : std::uint8_t {
  kMore,      // more of this answer
  kMoreNow,   // likewise, and nobody waits for a slow client
  kInterim,   // the answer itself: these pieces were a 1xx
  kKeepOpen,  // nothing: the answer is complete, the next request may come
  kClose,     // nothing: the connection closes once the bytes are sent
  kCut,       // nothing: the connection is reset, so that the client sees a broken answer
};

// Why an answer may no longer be wanted. kLost: a part of it could not be kept until the client
// reads, or could not be read from its file, which is no fault of the client's.
enum class PeerState : std::uint8_t {
  kPresent,
  kHalfClosed,
  kDisconnected,
  kTimeUp,
  kDraining,
  kLost
};

// Any thread, one at a time; except peer_state(), which any thread may ask at any time.
class ResponseSink : public base::RefCounted<ResponseSink> {
 public:
  // Sends or keeps the pieces, in order. Waits while the client is too slow, unless this thread
  // turns the event loop. kDisconnected when nobody reads any more.
  virtual Status push(std::span<const ByteView> pieces, Then then) = 0;

  // Sends the part without reading it into memory.
  virtual Status push_file(FilePart part) = 0;

  [[nodiscard]] virtual PeerState peer_state() const noexcept = 0;

  // Bytes that the client has not taken yet, files too. Any thread.
  [[nodiscard]] virtual std::uint64_t pending() noexcept { return 0; }
  // More bytes wait than a writer may leave behind; then signal() is called once they are fewer.
  // Any thread.
  [[nodiscard]] virtual bool is_above_mark() noexcept { return false; }
  // How many that are, for this answer.
  virtual void set_mark(std::size_t /*bytes*/) {}

  // A descriptor that is readable from signal() on until clear_signal(); made when it is first
  // asked for, and the sink's. Any thread.
  virtual Status open_signal(int& /*fd*/) { return base::Code::kState; }
  virtual void signal() noexcept {}
  virtual void clear_signal() noexcept {}

  // The next of the requests that were handed over together, if the answer to the last is complete.
  // Empty where there is none, or it is not `wanted`: then the loop has the connection again.
  [[nodiscard]] virtual base::Ref<Exchange> take_pipelined(bool /*wanted*/) noexcept;

  // The loop shall look after this connection: there is something to do.
  virtual void notify_loop() noexcept {}
  // Nothing may wait here: this thread turns the event loop.
  [[nodiscard]] virtual bool is_loop_thread() const noexcept { return false; }

  // Gives the connection away: `fd` is the caller's, `ahead` holds what was already read from it.
  virtual Status detach(base::UniqueFd& fd, std::string& ahead) = 0;

  virtual void last_released() noexcept = 0;

 protected:
  ~ResponseSink() = default;
};

}  // namespace wserve::app
