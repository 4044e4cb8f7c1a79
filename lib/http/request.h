// One request as the parser leaves it: complete, checked and in one piece of memory.
#pragma once

#include <vector>

#include "base/arena.h"
#include "base/spool.h"
#include "http/framing.h"
#include "http/target.h"

namespace wserve::http {

struct Field {
  ByteView name;   // as received
  ByteView value;  // without the blanks around it
};

// Every view lives in the arena (until reset) and has a NUL behind it.
struct Request {
  base::Arena arena;
  ByteView method;
  ByteView target;        // as received
  Target uri;             // the target, understood
  int minor_version = 1;  // of HTTP/1.x; 1 for every x above 0
  std::vector<Field> fields;
  Framing framing;
  base::Spool body;
  bool is_whole = true;  // the body is there; else it is on its way

  // Where its bytes stay, `memory_limit` bytes of the body in memory. `storage` must outlive them.
  void configure(std::size_t memory_limit, base::Storage& storage) noexcept {
    storage_ = &storage;
    body.configure(memory_limit, storage);
  }
  // False when there is no memory left for a head of this size.
  [[nodiscard]] bool cover_head(std::size_t size) noexcept {
    return head_share_.cover(storage_->memory, size);
  }

  // Ready for the next request; keeps small memory for it.
  void reset() noexcept {
    arena.reset();
    method = target = {};
    uri = {};
    minor_version = 1;
    fields.clear();
    framing = {};
    body.clear();
    is_whole = true;
    head_share_.drop();
  }

 private:
  base::Storage* storage_ = nullptr;
  base::BudgetShare head_share_;
};

}  // namespace wserve::http
